// Links to reset a password, over the API: made for the service to mail, and redeemed by it.
import type { NewResetLink, ResetProof } from '@usher/contract/reset-link'
import type { ResetLinks } from '../account/reset-link.ts'
import type { Handlers } from './call.ts'
import { Saying } from './problem.ts'
import { tooMuch } from './verifications.ts'

export interface ResetLinkDeskDeps {
  resets: ResetLinks
  /** The origin of the link domain; never that of a request. */
  linkUrl: string | null
  /** The service's own page, to which a link leads in the end. */
  resetUrl: string | null
}

export function resetLinkDesk({
  resets,
  linkUrl,
  resetUrl,
}: ResetLinkDeskDeps): Pick<Handlers, 'makeResetLink' | 'redeemResetLink'> {
  return {
    async makeResetLink({ c, body }) {
      if (linkUrl === null) throw new Saying('linksOff')
      if (resetUrl === null)
        throw new Saying(
          'linksOff',
          'USHER_RESET_URL does not say where a new password is chosen, so no link leads there.',
        )
      const made = await resets.make(body as NewResetLink)
      if ('tooMuch' in made) throw tooMuch(made.tooMuch)
      return c.json({ id: made.id, url: `${linkUrl}/r/${made.token}`, expiresAt: made.expiresAt.toISOString() }, 201)
    },
    async redeemResetLink({ c, body }) {
      const redeemed = await resets.redeem(body as ResetProof)
      if (redeemed === 'over') throw new Saying('resetOver')
      if (redeemed === 'elsewhere') throw new Saying('resetElsewhere')
      return c.json(redeemed)
    },
  }
}
