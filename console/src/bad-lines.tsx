// What files share: how far one is, and its lines that were bad, to be read here or taken home and mended.
import { Button, Progress, Table, Text } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import type { Import } from '@usher/contract/live'
import { count } from './format.tsx'
import { badLinesCsv } from './pages/imports/file.ts'

type Problems = Import['problems']

export const Bar = ({ value, of, label }: { value: number; of: number; label: string }) => (
  <Progress.Root size="lg">
    <Progress.Section value={of === 0 ? 0 : Math.min(100, (value / of) * 100)} aria-label={label} />
  </Progress.Root>
)

export const DownloadBadLines = ({ problems, name }: { problems: Problems; name: string }) => (
  <Button
    size="xs"
    variant="default"
    leftSection={<IconDownload size={14} aria-hidden />}
    onClick={() => download(`${name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}-bad-lines.csv`, badLinesCsv(problems))}
  >
    Download as CSV
  </Button>
)

export const BadLinesTable = ({ problems, name }: { problems: Problems; name: string }) => (
  <Table.ScrollContainer
    minWidth={420}
    maxHeight={320}
    type="native"
    tabIndex={0}
    role="region"
    aria-label={`Bad lines of ${name}`}
  >
    <Table stickyHeader>
      <Table.Thead>
        <Table.Tr>
          <Table.Th ta="right" w={90}>
            Line
          </Table.Th>
          <Table.Th>What is wrong</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {problems.map(({ line, code, detail }) => (
          <Table.Tr key={`${line} ${code}`}>
            <Table.Td ta="right" className="tabular">
              {count(line)}
            </Table.Td>
            <Table.Td>
              {detail}{' '}
              <Text span size="xs" c="dimmed">
                {code}
              </Text>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Table.ScrollContainer>
)

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' }))
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  // Not at once: the browser may not have begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
