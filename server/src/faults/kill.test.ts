import { appendFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { newPostgres, on } from '../desk.ts'
import { killLoop, windowSize } from './kill.ts'

const isSoak = process.env.USHER_SOAK === '1'
const kills = Number(process.env.USHER_FAULTS_KILLS ?? (isSoak ? 30 : 8))
const texts = Number(process.env.USHER_FAULTS_TEXTS ?? 20_000)
const seed = Number(process.env.USHER_FAULTS_SEED ?? Math.floor(Math.random() * 1_000_000))

test(`nothing is lost, doubled or falsely told over ${kills} kills while ${texts} texts flow`, async () => {
  const made = on === 'postgres' ? await newPostgres() : undefined
  console.log(`kill loop on ${on}, USHER_FAULTS_SEED=${seed}`)

  const report = await killLoop({ databaseUrl: made?.url, texts, kills, seed, say: line => console.log(`  ${line}`) })

  await made?.drop()
  console.log(JSON.stringify(report))
  if (process.env.USHER_SOAK_RESULTS)
    appendFileSync(process.env.USHER_SOAK_RESULTS, `${JSON.stringify({ what: 'kill', on, ...report })}\n`)
  expect(report.broken).toEqual([])
  const mostInDoubt = on === 'postgres' ? windowSize : windowSize * report.kills
  expect(Math.max(0, ...report.inDoubt)).toBeLessThanOrEqual(mostInDoubt)
}, 1_800_000)
