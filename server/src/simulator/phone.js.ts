// The script of the phones' pages. Everything is on the server: it only asks for the page again when something has
// changed or was pressed, and lays the differences in, so that nothing half-written, open or focused is lost.
export const phoneScript = `// Follows the phones on this page, and turns their screens without loading the page anew.
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))
const inView = () => new Promise(resolve => document.addEventListener('visibilitychange', resolve, { once: true }))
const byId = id => document.getElementById(id)
const desk = byId('desk')

/** What the reader did to the page is the reader's. */
const kept = new Set(['open', 'data-copied', 'data-mine'])

/** Makes one element like another by as few changes as it takes. */
function liken(old, fresh) {
  if ('mine' in old.dataset) return
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !kept.has(name)) old.removeAttribute(name)
  for (const { name, value } of fresh.attributes)
    if (old.getAttribute(name) !== value && !kept.has(name)) old.setAttribute(name, value)
  const wanted = new Set([...fresh.children].map(({ id }) => id))
  for (const child of [...old.children]) if (child.id && !wanted.has(child.id)) child.remove()
  const known = new Map([...old.children].map(child => [child.id, child]))
  let at = old.firstChild
  for (const child of [...fresh.childNodes]) {
    const same = child.id ? known.get(child.id) : at && !at.id && at.nodeName === child.nodeName ? at : undefined
    if (!same) {
      old.insertBefore(document.adoptNode(child), at)
      continue
    }
    if (same === at) at = at.nextSibling
    else old.insertBefore(same, at)
    if (same.nodeType === Node.ELEMENT_NODE) liken(same, child)
    else if (same.nodeValue !== child.nodeValue) same.nodeValue = child.nodeValue
  }
  while (at) {
    const next = at.nextSibling
    at.remove()
    at = next
  }
}

const parse = text => new DOMParser().parseFromString(text, 'text/html')

function show(page) {
  const fresh = page.getElementById('desk')
  if (!fresh) return false
  const column = document.activeElement?.closest('.column')?.id
  liken(desk, fresh)
  document.title = page.title
  const news = page.getElementById('news').textContent
  if (news) byId('news').textContent = news
  // What was pressed may be gone: the keyboard goes on from what took its place.
  if (column && document.activeElement === document.body)
    (byId(column)?.querySelector('[data-focus]') ?? byId('phones')).focus({ preventScroll: true })
  return true
}

function lose(words) {
  const lost = byId('lost')
  if (lost.textContent !== words) lost.textContent = words
  lost.hidden = words === ''
}
const noCarrier = 'The simulated carrier does not answer. Trying again …'
const noServer = 'The connection was lost. Trying again …'

let turns = 0
let turning = Promise.resolve()
let waiting = new AbortController()

/** Asks for a page of phones and shows it; says how that went, or throws when nobody answered. */
function turn(href, init) {
  const mine = ++turns
  waiting.abort()
  const answer = (async () => {
    const response = await fetch(href, init)
    const page = parse(await response.text())
    if (mine === turns && !show(page)) {
      if (response.status === 503) throw new Error(noCarrier)
      location.assign(href)
    }
    return response
  })()
  turning = answer.catch(() => {})
  return answer
}

async function follow() {
  for (;;) {
    // A browser keeps few connections to one host; pages nobody looks at must not hold them all.
    while (document.hidden) await inView()
    // A turn may follow on another: only the last one's page says what to ask for.
    for (let last; last !== turning; ) await (last = turning)
    const asked = turns
    waiting = new AbortController()
    // Who was lost asks for what there is, not for what is new: that may be long in coming.
    const { href } = byId('lost').hidden ? byId('follow').querySelector('a') : location
    try {
      const response = await fetch(href, { signal: waiting.signal })
      const text = await response.text()
      if (asked !== turns) continue
      if (!response.ok) throw new Error(response.status === 503 ? noCarrier : noServer)
      show(parse(text))
      lose('')
    } catch (error) {
      if (waiting.signal.aborted) continue
      lose(error.message === noCarrier ? noCarrier : noServer)
      await pause(3000)
    }
  }
}

document.addEventListener('click', async event => {
  const code = event.target.closest?.('[data-code]')
  if (code) return copy(code)
  const link = event.target.closest?.('a[data-turn]')
  const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0
  if (!desk || !link || !isPlain) return
  event.preventDefault()
  for (const open of document.querySelectorAll('.choose[open]')) open.open = false
  try {
    await turn(link.href)
    history.pushState(null, '', link.href)
  } catch (error) {
    lose(error.message === noCarrier ? noCarrier : noServer)
  }
})
addEventListener('popstate', () => {
  // A link to a place on this page is no turn.
  if (desk && location.hash === '') turn(location.href).catch(() => lose(noServer))
})

document.addEventListener('submit', async event => {
  const form = event.target
  if (!desk || !form.matches('[data-turn]')) return
  event.preventDefault()
  const fields = new FormData(form, event.submitter)
  const { text: box } = form.elements
  const written = box?.value
  const problem = byId('problem-' + fields.get('of'))
  if (problem) delete problem.dataset.mine
  form.setAttribute('aria-busy', 'true')
  try {
    const { ok } = await turn(form.action, { method: 'POST', body: new URLSearchParams(fields) })
    if (ok && box && !fields.has('quick') && box.value === written) box.value = ''
  } catch (error) {
    lose(error.message === noCarrier ? noCarrier : noServer)
    if (!problem) return
    problem.textContent = box ? 'Not sent: nobody answered. Try again.' : 'This did not work. Try again.'
    problem.hidden = false
    problem.dataset.mine = ''
  } finally {
    form.removeAttribute('aria-busy')
  }
})

/** The clipboard may be refused, or missing on a page that is not secure: then the older way, then the reader's hand. */
async function copy(button) {
  const { code } = button.dataset
  const isDone = await (async () => navigator.clipboard.writeText(code))().then(() => true, () => false)
  const how = isDone || copyOldWay(code, button) ? 'copied' : 'press Ctrl+C'
  button.dataset.copied = how
  if (how !== 'copied') getSelection().selectAllChildren(button)
  byId('copied').textContent = how === 'copied' ? code + ' copied' : code + ' is selected, copy it by hand'
  await pause(2000)
  delete button.dataset.copied
  byId('copied').textContent = ''
}
function copyOldWay(code, button) {
  const box = document.createElement('textarea')
  box.className = 'unseen'
  box.value = code
  button.after(box)
  box.select()
  try {
    return document.execCommand('copy')
  } finally {
    box.remove()
    button.focus()
  }
}

// --- Choosing a handset: the list narrows while one types, and what was opened closes --------------------------------

document.addEventListener('input', async ({ target }) => {
  const form = target.form
  if (!form?.matches('[data-find]') || target.name !== 'q') return
  const found = form.closest('[data-finder]').querySelector('.found')
  const wanted = target.value
  const response = await fetch(form.action + '?' + new URLSearchParams(new FormData(form))).catch(() => undefined)
  if (!response?.ok || target.value !== wanted) return
  const fresh = parse(await response.text()).querySelector('.found')
  if (!desk) return liken(found, fresh)
  for (const tick of fresh.querySelectorAll('[type=checkbox]')) tick.remove()
  delete found.dataset.mine
  liken(found, fresh)
  if (wanted !== '') found.dataset.mine = ''
})
document.addEventListener('toggle', ({ target }) => {
  if (target.matches?.('.choose[open]')) target.querySelector('input').focus()
}, true)
addEventListener('pointerdown', ({ target }) => {
  for (const open of document.querySelectorAll('.choose[open]')) if (!open.contains(target)) open.open = false
})
addEventListener('keydown', ({ key, target }) => {
  const open = key === 'Escape' && target.closest?.('.choose[open]')
  if (!open) return
  open.open = false
  open.querySelector('summary').focus()
})

const again = byId('again')
if (again) pause(3000).then(() => location.replace(again.href))
if (desk) follow()
`
