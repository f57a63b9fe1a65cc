// `npm run screenshots`: starts the demo on ports of its own, sends a few texts, and takes the pictures of the README.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { build, install, root } from './run.js'

await install()
await build()
const data = mkdtempSync(join(tmpdir(), 'usher-pictures-'))
const env = {
  ...process.env,
  USHER_DATA: data,
  USHER_PORT: '4850',
  USHER_SMPP: '127.0.0.1:4852',
  USHER_SIMULATOR_PORT: '4851',
  USHER_LOG: 'warn',
}
const demo = spawn('node', ['server/dist/cli.js', 'demo'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
try {
  const key = await new Promise(resolve => {
    let said = ''
    demo.stdout.on('data', piece => {
      said += piece
      const found = /API key +(\S+)/.exec(said)
      if (found && said.includes('curl')) resolve(found[1])
    })
  })
  const send = async message => {
    const answer = await fetch('http://127.0.0.1:4850/v1/messages', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({ subscriber: 'orph-0001', ...message }),
    })
    if (answer.status !== 202) throw new Error(await answer.text())
    return (await answer.json()).id
  }
  const delivered = async id => {
    for (;;) {
      const answer = await fetch(`http://127.0.0.1:4850/v1/messages/${id}`, {
        headers: { authorization: `Bearer ${key}` },
      })
      if ((await answer.json()).state === 'delivered') return
    }
  }
  await delivered(
    await send({
      purpose: 'alert.security',
      template: 'alert.security',
      data: { event: 'sign_in', device: 'Chrome on Windows', place: 'Lisbon, PT', time: '22:14' },
    }),
  )
  await delivered(
    await send({
      purpose: 'reply.support',
      text: 'Orpheum support: the subtitles of The Phantom Empire are mended. Chapters 4 to 7 had German titles in the English track, and the sound of chapter 9 ran half a second late. https://orpheum.example/help/subtitles',
    }),
  )
  await delivered(
    await send({ purpose: 'code.sign_in', template: 'code.sign_in', data: { code: '482913', minutes: 10 } }),
  )

  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 } })
  await page.goto('http://127.0.0.1:4850/phone/12125550142')
  await page.screenshot({ path: join(root, 'docs/images/phone.png') })
  await browser.close()
} finally {
  demo.kill('SIGTERM')
  await new Promise(resolve => demo.once('exit', resolve))
  rmSync(data, { recursive: true, force: true })
}
