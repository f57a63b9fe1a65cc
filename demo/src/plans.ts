// What Orpheum costs. Data only.
import type { DemoSubscriber } from './subscribers.ts'

export type Plan = DemoSubscriber['plan']
export const plans: readonly Plan[] = ['basic', 'standard', 'premium']

/** What a month costs, by country, as it is written to people. */
const prices: Record<string, Record<Plan, number> & { currency: string }> = {
  US: { currency: 'USD', basic: 6.99, standard: 9.99, premium: 11.99 },
  CA: { currency: 'CAD', basic: 8.99, standard: 12.99, premium: 15.99 },
  GB: { currency: 'GBP', basic: 4.99, standard: 7.99, premium: 9.99 },
  AU: { currency: 'AUD', basic: 8.99, standard: 12.99, premium: 16.99 },
  SE: { currency: 'SEK', basic: 69, standard: 99, premium: 129 },
  BR: { currency: 'BRL', basic: 19.9, standard: 29.9, premium: 39.9 },
  JP: { currency: 'JPY', basic: 790, standard: 1_190, premium: 1_490 },
  IN: { currency: 'INR', basic: 149, standard: 249, premium: 399 },
  FR: { currency: 'EUR', basic: 5.99, standard: 8.99, premium: 10.99 },
}

/** Elsewhere it costs what it costs in France. */
export const priceIn = (country: string) => prices[country] ?? prices.FR!

export type Every = 'month' | 'year'

/** In minor units: 999 for 9.99 USD and for 999 JPY. */
export interface Money {
  amount: number
  currency: string
}

/** A year costs as much as ten months. */
const monthsPaid = { month: 1, year: 10 }

const digitsOf = (currency: string) =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2

/** What a month or a year costs, as events say it. */
export function priceOf(country: string, plan: Plan, every: Every): Money {
  const { currency, [plan]: price } = priceIn(country)
  return { amount: Math.round(price * 10 ** digitsOf(currency)) * monthsPaid[every], currency }
}

/** As it is written to a person. */
export const written = ({ amount, currency }: Money) =>
  (amount / 10 ** digitsOf(currency)).toLocaleString('en', { style: 'currency', currency })
