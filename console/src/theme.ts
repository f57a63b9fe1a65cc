// The console's colours. Mantine's own are a little too faint to be read by all: what stands in them is held to a contrast of
// 4.5 to 1 (WCAG 1.4.3) on every ground it stands on, in both themes.
import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  luminance,
  parseThemeColor,
  type VariantColorsResolver,
} from '@mantine/core'

const shades = { light: 9, dark: 5 } as const

/** Mantine asks the light theme's shade which letters are read on it, in the dark theme too: here each theme has its own. */
const variantColorResolver: VariantColorsResolver = input => {
  const colors = defaultVariantColorsResolver(input)
  const { isThemeColor, shade, color } = parseThemeColor({ color: input.color, theme: input.theme })
  const isOurs = input.variant === 'filled' && isThemeColor && shade === undefined
  return isOurs ? { ...colors, color: `var(--mantine-color-${color}-contrast)` } : colors
}

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: shades,
  autoContrast: true,
  variantColorResolver,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  cursorType: 'pointer',
  components: {
    // A link within a sentence is told by more than its colour.
    Anchor: { defaultProps: { underline: 'always' } },
    // The head of a dialog is no banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: 'presentation' } } } },
    Drawer: { defaultProps: { attributes: { header: { role: 'presentation' } } } },
  },
})

export const cssVariables: CSSVariablesResolver = ({ colors }) => {
  const each = (color: (name: string) => string) =>
    Object.fromEntries(Object.keys(colors).map(name => [`--mantine-color-${name}-light-color`, color(name)]))
  // Black or white, whichever stands out more.
  const contrasts = (shade: 5 | 9) =>
    Object.fromEntries(
      Object.entries(colors).map(([name, tuple]) => [
        `--mantine-color-${name}-contrast`,
        `var(--mantine-color-${luminance(tuple[shade]) > 0.179 ? 'black' : 'white'})`,
      ]),
    )
  return {
    variables: {},
    light: {
      '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
      '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
      '--mantine-color-error': 'var(--mantine-color-red-9)',
      ...contrasts(shades.light),
      // Mantine lightens under the pointer, which takes white letters below the contrast they need.
      ...Object.fromEntries(
        Object.keys(colors).map(name => [
          `--mantine-color-${name}-filled-hover`,
          `color-mix(in srgb, var(--mantine-color-${name}-9) 88%, black)`,
        ]),
      ),
      ...each(name => `color-mix(in srgb, var(--mantine-color-${name}-9) 65%, black)`),
    },
    dark: {
      '--mantine-color-dimmed': 'var(--mantine-color-dark-1)',
      '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
      '--mantine-color-error': 'var(--mantine-color-red-4)',
      ...contrasts(shades.dark),
      ...each(name => `var(--mantine-color-${name}-2)`),
    },
  }
}
