// What a step's template says, with samples for what it asks for, in the language of whoever reads this page.
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Bubble } from '../../bubble.tsx'
import { client, isProblem, sentence } from '../../client.ts'
import { localeName } from '../../locales.ts'

/** The first of the reader's languages that the template has, else English, else whatever there is. */
function readable(locales: readonly string[]): string | undefined {
  const base = (locale: string) => locale.split(/[-_]/)[0]!.toLowerCase()
  for (const wanted of [...navigator.languages, 'en']) {
    const found =
      locales.find(one => one.toLowerCase() === wanted.toLowerCase()) ?? locales.find(one => base(one) === base(wanted))
    if (found !== undefined) return found
  }
  return locales[0]
}

export function SampleText({ template }: { template: string }) {
  const { data, error } = useQuery({
    queryKey: ['template-sample', template],
    async queryFn({ signal }) {
      const { purpose, texts, isPlain } = await client.getTemplate(template, { signal })
      const { locales } = await client.previewTemplate(template, { purpose, texts, isPlain }, { signal })
      const locale = readable(Object.keys(locales))
      return locale === undefined ? undefined : { locale, ...locales[locale]! }
    },
    staleTime: 60_000,
  })
  if (error)
    return (
      <Text size="sm" c="red">
        {isProblem(error, 'unknown_template') ? `There is no template ${template}.` : sentence(error)}
      </Text>
    )
  if (!data) return null
  if (!data.result)
    return (
      <Text size="sm" c="red" className="anywhere">
        {localeName(data.locale)}: {data.problems.map(({ detail }) => detail).join(' ')}
      </Text>
    )
  return (
    <div lang={data.locale} style={{ maxWidth: 520 }}>
      <Bubble direction="in" text={data.result.text} />
    </div>
  )
}
