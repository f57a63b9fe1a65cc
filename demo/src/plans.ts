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

/** What a month costs, as events say it: in minor units, 999 for 9.99 USD and for 999 JPY. */
export function monthly(country: string, plan: Plan): { amount: number; currency: string } {
  const { currency, [plan]: price } = priceIn(country)
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits
  return { amount: Math.round(price * 10 ** (digits ?? 2)), currency }
}
