// Who has an account at Orpheum, and what they prove it with. In memory: what was changed is forgotten when it stops.
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { type DemoSubscriber, subscribers } from './subscribers.ts'

/** Until they choose another one. A demo can say it on its page. */
export const everybodysPassword = 'intermission'
export const shortestPassword = 8
/** Longer ones would only be work for whoever hashes them. */
const longestPassword = 128

export interface Person {
  readonly id: string
  readonly subscriber: DemoSubscriber
  /** The address they sign in by. */
  mail: string
  /** Where their codes go. */
  number: string
  /** Somebody else was in this account: the password lets nobody in until it is a new one. */
  mustReset: boolean
}

export interface People {
  /** By their id or address, however it is written. */
  find(typed: string): Person | undefined
  get(id: string): Person | undefined
  /** Takes as long where there is nobody. */
  hasPassword(person: Person | undefined, typed: string): Promise<boolean>
  setPassword(person: Person, chosen: string): Promise<void>
  /** False where the address is somebody else's. */
  setMail(person: Person, mail: string): boolean
}

export const isLongEnough = (password: string) =>
  [...password].length >= shortestPassword && password.length <= longestPassword

/** `cost` is scrypt's N; a test has no use for a slow one. */
export function people(cost = 2 ** 15): People {
  const hash = hashing(cost)
  const all: Person[] = subscribers.map(subscriber => ({
    ...{ id: subscriber.id, subscriber, mail: firstMail(subscriber), number: subscriber.msisdn, mustReset: false },
  }))
  const first = hash(everybodysPassword)
  const chosen = new Map<Person, Promise<Hash>>()
  const find = (typed: string) => {
    const name = plain(typed)
    return all.find(({ id, mail }) => id === name || mail === name)
  }
  return {
    find,
    get: id => all.find(one => one.id === id),
    async hasPassword(person, typed) {
      const { salt, key } = await ((person && chosen.get(person)) ?? first)
      const isIt = timingSafeEqual((await hash(typed, salt)).key, key)
      return isIt && person !== undefined
    },
    async setPassword(person, password) {
      const made = hash(password)
      chosen.set(person, made)
      await made
      person.mustReset = false
    },
    setMail(person, mail) {
      const other = find(mail)
      if (other && other !== person) return false
      person.mail = plain(mail)
      return true
    },
  }
}

/**
 * What Usher is asked for where there is no account of this name: nobody has it, and the limits of one name hold for it as
 * they do for an account. So whoever asks can't tell.
 */
export const nobody = (typed: string) =>
  `nobody-${createHash('sha256').update(plain(typed)).digest('base64url').slice(0, 22)}`

const plain = (typed: string) => typed.trim().normalize('NFKC').toLowerCase()

/** maya.okafor@mail.example; by their id where the name is not written in Latin letters. */
function firstMail({ id, name }: DemoSubscriber): string {
  const letters = name.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll('ł', 'l').replaceAll('ı', 'i')
  return `${/^[a-z ]+$/.test(letters) ? letters.replaceAll(' ', '.') : id}@mail.example`
}

interface Hash {
  salt: Buffer
  key: Buffer
}

/** Slow on purpose (OWASP, Password Storage: scrypt with N = 2^15, r = 8, p = 3), and off the main thread. */
const hashing =
  (N: number) =>
  (password: string, salt: Buffer = randomBytes(16)): Promise<Hash> =>
    new Promise((resolve, reject) => {
      const letters = password.normalize('NFKC').slice(0, longestPassword)
      scrypt(letters, salt, 32, { N, r: 8, p: 3, maxmem: 64 * 2 ** 20 }, (error, key) =>
        error ? reject(error) : resolve({ salt, key }),
      )
    })
