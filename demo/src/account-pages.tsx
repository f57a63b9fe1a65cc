// The account as its owner sees it: how the subscription stands, what is to be paid and by which card, the plan, and the way out.
// Who came by a text about a payment may pay it, and sees no more of the account than that.
import type { Child } from 'hono/jsx'
import { type Account, type Payment, type PretendCard, pretendCards } from './billing.ts'
import { Demo } from './entrance-pages.tsx'
import { Deed, Frame, SignIn, type View } from './frame.tsx'
import type { Viewer } from './happenings.ts'
import { type Every, type Money, type Plan, plans, priceOf, written } from './plans.ts'
import type { DemoSubscriber } from './subscribers.ts'

/** One account, by the demo's clock. */
export interface Standing {
  owner: DemoSubscriber
  account: Account
  /** What is paid next. */
  price: Money
  now: Date
}

const planName = (plan: Plan) => plan[0]!.toUpperCase() + plan.slice(1)
const per = (every: Every) => (every === 'year' ? 'a year' : 'a month')
/** A day as its owner has it. */
const dayOf = ({ owner }: Pick<Standing, 'owner'>, time: string) =>
  new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: owner.zone }).format(new Date(time))

const reasons: Record<string, string> = {
  card_declined: 'the card was declined',
  expired_card: 'the card has expired',
}

/** The account's pages need somebody whose account it is. */
const Page = ({ view, title, children }: { view: View; title: string; children?: (viewer: Viewer) => Child }) => (
  <Frame view={view} title={title}>
    <h1>{title}</h1>
    {view.viewer ? children?.(view.viewer) : <SignIn view={view} />}
  </Frame>
)

/** In a sentence or two: what they have and what comes next. */
function Stands(standing: Standing) {
  const { account, price, now } = standing
  const { state, owed, renewsAt, resumesAt, promotion, card } = account
  const day = (time: string) => dayOf(standing, time)
  if (state === 'cancelled')
    return (
      <p class="note">
        {new Date(renewsAt) > now
          ? `Cancelled: you can watch until ${day(renewsAt)}.`
          : `It ended on ${day(renewsAt)}.`}
      </p>
    )
  if (state === 'paused') return <p class="note">Paused until {day(resumesAt!)}. Nothing is paid meanwhile.</p>
  if (owed)
    return (
      <div class="note bad" role="alert">
        <OwedWords {...standing} />
        <a class="button" href="/account/payment">
          Pay with another card
        </a>
      </div>
    )
  return (
    <>
      <p>
        {state === 'trial'
          ? `Your trial ends on ${day(renewsAt)}; then ${written(price)} is paid.`
          : `The next payment is ${written(price)} on ${day(renewsAt)}.`}
      </p>
      {promotion && new Date(promotion.endsAt) > now && (
        <p>
          Half the price until {day(promotion.endsAt)}, then{' '}
          {written(priceOf(standing.owner.region.slice(0, 2), account.plan, account.every))} {per(account.every)}.
        </p>
      )}
      {card.expiresAt < renewsAt && (
        <p class="note bad">
          The card ending in {card.ending} expires before that, on {day(card.expiresAt)}.{' '}
          <a href="/account/payment">Use another card</a>
        </p>
      )}
    </>
  )
}

function OwedWords(standing: Standing) {
  const { state, owed } = standing.account
  const { at, reason, nextTryAt, keepsUntil } = owed!
  return (
    <p>
      Your payment of {written(owed!)} on {dayOf(standing, at)} did not go through: {reasons[reason]}.{' '}
      {state === 'suspended'
        ? 'You can not watch until it is paid.'
        : `${nextTryAt === null ? '' : `We try it again on ${dayOf(standing, nextTryAt)}. `}You can watch until ${dayOf(standing, keepsUntil)}.`}
    </p>
  )
}

export const AccountPage = ({ view, standing }: { view: View; standing: Standing | undefined }) => (
  <Page view={view} title="Account">
    {viewer => {
      const { account, price } = standing!
      const { state, owed } = account
      return (
        <>
          <p class="lead">
            {viewer.name}, {viewer.id}
          </p>
          <Stands {...standing!} />
          <ul class="rows links">
            <li>
              <a href="/account/plan">
                <b>Plan</b>
                <span>
                  {planName(account.plan)}, {written(price)} {per(account.every)}
                </span>
              </a>
            </li>
            <li>
              <a href="/account/payment">
                <b>Payment</b>
                <span>A card ending in {account.card.ending}</span>
              </a>
            </li>
            <li>
              <a href="/account/security">
                <b>Safety</b>
                <span>Sessions, recovery codes</span>
              </a>
            </li>
            <li>
              <a href={`${view.phones}/${viewer.msisdn.slice(1)}`} target="_blank" rel="noopener">
                <b>Phone</b>
                <span>Simulated, in a new tab</span>
              </a>
            </li>
          </ul>
          <h2>Payments</h2>
          <Payments {...standing!} />
          {state === 'paused' || state === 'cancelled' ? (
            <>
              <h2>Come back</h2>
              <p>
                {new Date(account.renewsAt) > standing!.now
                  ? `You can watch at once, and nothing is paid before ${dayOf(standing!, account.renewsAt)}.`
                  : `You can watch at once, and ${written(price)} is paid now.`}
              </p>
              <div class="buttons">
                <Deed name="resume" view={view}>
                  Take it up again
                </Deed>
              </div>
            </>
          ) : (
            <>
              <h2>Pause or leave</h2>
              <p>
                {owed
                  ? 'If you leave now, you can not watch any longer, and what is owed is not asked for.'
                  : `If you leave, you can watch until ${dayOf(standing!, account.renewsAt)}, and nothing more is paid. A pause is 30 days.`}
              </p>
              <div class="buttons">
                {state === 'active' && !owed && (
                  <Deed name="pause" view={view} quiet>
                    Pause for 30 days
                  </Deed>
                )}
                <Deed name="cancel" view={view} quiet>
                  Cancel the subscription
                </Deed>
              </div>
            </>
          )}
          <h2>Sign-ins</h2>
          <p>
            Usher is told of each, as an event. The <a href="/enter">sign-in in earnest</a> asks it, too, whether one
            looks strange.
          </p>
          <div class="buttons">
            <Deed name="sign-in-again" view={view}>
              Sign in on a TV
            </Deed>
            <Deed name="not-sign-in" view={view} quiet fields={{ viewer: viewer.id }}>
              Fail to sign in
            </Deed>
          </div>
        </>
      )
    }}
  </Page>
)

const paymentWords: Record<Payment['state'], string> = {
  paid: 'Paid',
  failed: 'Did not go through',
  refunded: 'Given back',
}

function Payments(standing: Standing) {
  const { payments } = standing.account
  if (payments.length === 0) return <p class="soft">None yet, as far as this demo goes back.</p>
  return (
    <ol class="rows payments">
      {payments.map(payment => (
        <li>
          <span>
            <b>{written(payment)}</b> {dayOf(standing, payment.at)}
          </span>
          <span class={payment.state === 'failed' ? 'fate bad' : 'fate'}>{paymentWords[payment.state]}</span>
        </li>
      ))}
    </ol>
  )
}

/** `standing` is of who looks, or of whom the text was for by which somebody came. */
export function PaymentPage({ view, standing }: { view: View; standing: Standing | undefined }) {
  const isOwner = standing !== undefined && view.viewer?.id === standing.owner.id
  return (
    <Frame view={view} title="Payment">
      <h1>Payment</h1>
      {standing && (isOwner || standing.account.owed) && <Paying view={view} {...standing} />}
      {standing && !isOwner && !standing.account.owed && <Outcome view={view} isOpen={false} />}
      {isOwner ? (
        <>
          <h2>Payments</h2>
          <Payments {...standing} />
          <Demo>
            <p>No money moves. What may happen to a payment by itself can be had at once:</p>
            <div class="buttons">
              <Deed name="pay" view={view}>
                {standing.account.owed ? 'Pay it' : 'Pay'}
              </Deed>
              <Deed name="not-pay" view={view} quiet>
                The card is declined
              </Deed>
              <Deed name="refund" view={view} quiet>
                Give the money back
              </Deed>
            </div>
            <p>
              A failed payment whose amount is a word: Usher does not take it. It lands on the list of bad events, where
              it can be mended and replayed.
            </p>
            <div class="buttons">
              <Deed name="break" view={view} quiet>
                Send a broken event
              </Deed>
            </div>
          </Demo>
        </>
      ) : (
        !view.viewer && <SignIn view={view} />
      )}
    </Frame>
  )
}

/** What became of the payment that was just tried. */
function Outcome({ view, isOpen }: { view: View; isOpen: boolean }) {
  const type = view.posted?.event.type
  if (type === 'com.usher.payment.succeeded')
    return (
      <p class="lead" role="status">
        Paid. Thank you.
      </p>
    )
  return isOpen ? null : <p class="lead">Nothing is to be paid.</p>
}

function Paying({ view, ...standing }: Standing & { view: View }) {
  const { account, price } = standing
  const { owed, card, state } = account
  const isOpen = state === 'trial' || state === 'active'
  return (
    <>
      {owed ? (
        <div class="note bad" role="alert">
          <OwedWords {...standing} />
        </div>
      ) : (
        <>
          <Outcome view={view} isOpen={true} />
          <p class="lead">
            {isOpen
              ? `The next payment is ${written(price)} on ${dayOf(standing, account.renewsAt)}, from a card ending in ${card.ending}.`
              : `Nothing is to be paid. Your card ends in ${card.ending}.`}
          </p>
        </>
      )}
      <form method="post" action="/do/use-card" class="card">
        <input type="hidden" name="back" value="/account/payment" />
        <fieldset>
          <legend>Use another card</legend>
          {(Object.keys(pretendCards) as PretendCard[]).map(name => (
            <label class="check">
              <input type="radio" name="card" value={name} checked={name === 'works'} />
              <span>
                {pretendCards[name].what} <span class="soft">ending in {pretendCards[name].ending}</span>
              </span>
            </label>
          ))}
        </fieldset>
        <p class="soft">Pretend cards, for this is a demo: nobody types a real one here.</p>
        <div class="buttons">
          <button type="submit">{owed ? `Pay ${written(owed)} with it` : 'Use this card'}</button>
        </div>
      </form>
    </>
  )
}

export const PlanPage = ({ view, standing }: { view: View; standing: Standing | undefined }) => (
  <Page view={view} title="Plan">
    {viewer => {
      const { every } = standing!.account
      return (
        <>
          <p class="lead">You have {planName(viewer.plan)}.</p>
          <ul class="rows">
            {plans.map(plan => (
              <li>
                <span>
                  <b>{planName(plan)}</b> {written(priceOf(viewer.region.slice(0, 2), plan, every))} {per(every)}
                </span>
                <div class="buttons">
                  {plan === viewer.plan ? (
                    <span class="soft">Yours</span>
                  ) : (
                    <Deed name="change-plan" view={view} fields={{ plan }}>
                      Change to {planName(plan)}
                    </Deed>
                  )}
                </div>
              </li>
            ))}
          </ul>
          <p class="soft">It counts at once, and what it costs is paid from the next time.</p>
          <p>
            <a href="/account">Pause or leave</a>
          </p>
        </>
      )
    }}
  </Page>
)
