import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig({
  base: '/console/',
  plugins: [react()],
  // The client is taken from its source, so that a change of the contract needs no build in between.
  resolve: { conditions: ['usher-source', ...defaultClientConditions] },
  // Nothing is inlined: the page's content security policy lets no data: script or style in.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, chunkSizeWarningLimit: 700 },
  server: { proxy: { '/v1': 'http://127.0.0.1:4700' } },
})
