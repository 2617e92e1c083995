// The hand-off page without loading anew: a click does here what the server does for a page without
// script, and the parts with `data-on` are there in the states they name. All words stand in the page.
const $ = id => document.getElementById(id)
const make = (name, rest) => Object.assign(document.createElement(name), rest)
const [page, title, ask, give, code, copy] = ['page', 'title', 'ask', 'give', 'code', 'copy'].map($)
const { dataset } = page
const { lang, dir } = document.documentElement
// Milliseconds that a program is given before the code is shown.
const PATIENCE = 4000
let at = dataset.at, door, timer, until

const is = (...states) => states.includes(dataset.state)
// Requests that hang must not hold up the page. Old browsers wait for as long as they please.
const within = seconds => AbortSignal.timeout?.(seconds * 1000)

function show(state) {
  if (is(state)) return
  dataset.state = state
  for (const part of page.querySelectorAll('[data-on]')) {
    part.toggleAttribute('hidden', !part.dataset.on.split(' ').includes(state))
  }
  document.title = title.innerText
  title.focus()
}

function end(state) {
  door?.close()
  show(state)
}

const giveUp = () => end(is('sending') ? 'ready' : dataset.state)

// The door is a small window through which the response leaves, so that this page can stay. To be called
// in a click, before anything is awaited: later, browsers refuse to open windows.
function openDoor() {
  door = open('', 'doorstep', 'popup,width=460,height=320')
  try {
    const words = make('main', { textContent: dataset.door, lang, dir })
    door.document.title = dataset.door
    door.document.body.replaceChildren(document.querySelector('style').cloneNode(true), words)
  } catch {
    // Refused, or the window still shows the program's answer: nothing to write into.
  }
}

// The response is about to go to the program. Meanwhile the code is hidden; if nobody redeems it, it is shown.
function hand(target) {
  give.target = target
  if (is('ready')) show('sending')
  clearTimeout(timer)
  timer = setTimeout(giveUp, PATIENCE)
}

// What the issuer answers to a click. A session that ended leads away, to sign in again.
async function finish(how) {
  const body = new URLSearchParams(new FormData(ask))
  body.set('finish', how)
  const answer = await fetch(ask.action, { method: 'POST', headers: { accept: 'application/json' }, body, signal: within(20) })
  const got = await answer.json()
  if (answer.ok) return got
  if (got.location) location = got.location
  throw got.error
}

function fill(got) {
  if (give) {
    give.action = got.action
    give.append(...got.fields.map(([name, value]) => make('input', { type: 'hidden', name, value })))
  }
  code?.append(...(got.code?.match(/[^-]+-?/g) || []).flatMap(group => [group, make('wbr')]))
  at = got.location
  if (!at) return
  history.replaceState(null, '', at)
  watch(got.expires_in)
}

ask?.addEventListener('submit', async event => {
  const how = event.submitter.value
  if (how == 'switch') return
  event.preventDefault()
  if (!is('confirm')) return
  // Who cancels where the code was to be pasted has no program on this machine to tell.
  const first = ask.querySelector('button').value
  if (give && how != 'paste' && (how != 'cancel' || first != 'paste')) openDoor()
  $('problem').textContent = ''
  show('sending')
  try {
    fill(await finish(how))
    if (how == 'cancel') show('refused')
    if (!door || door.closed) return giveUp()
    hand('doorstep')
    give.submit()
  } catch (error) {
    end('confirm')
    $('problem').textContent = typeof error == 'string' ? error : dataset.offline
  }
})

give?.addEventListener('submit', () => {
  openDoor()
  hand(door ? 'doorstep' : '_blank')
})

// Asks the issuer until the code's fate is known. Sent is not signed in: the program must redeem it.
async function watch(seconds) {
  until = Date.now() + seconds * 1000
  tick()
  for (let wait = 500; ; await new Promise(done => setTimeout(done, wait))) {
    try {
      const answer = await fetch(at + '/status?known=ready', { signal: within(30) })
      // The session ended: this page may not know more.
      if (answer.status > 399 && answer.status < 429) return
      const { state } = await answer.json()
      if (state != 'ready') return end(state)
      wait = 500
    } catch {
      wait = Math.min(wait * 2, 15000)
    }
  }
}

function tick() {
  if (!is('sending', 'ready')) return
  const left = Math.max(0, Math.ceil((until - Date.now()) / 1000))
  const shown = $('left')
  if (shown) {
    shown.querySelector('bdi').textContent = (left / 60 | 0) + ':' + String(left % 60).padStart(2, 0)
    if (left == 60) $('said').textContent = shown.dataset.last
  }
  if (left) setTimeout(tick, 1000)
  else end('expired')
}

copy?.addEventListener('click', async () => {
  let done = true
  try {
    await navigator.clipboard.writeText(code.textContent)
  } catch {
    getSelection().selectAllChildren(code)
    done = document.execCommand('copy')
  }
  $('said').textContent = done ? copy.dataset.done : copy.dataset.byHand
})
if (copy) copy.hidden = false

const asked = page.querySelector('time')
if (asked) asked.textContent = new Date(asked.dateTime).toLocaleString(lang, { dateStyle: 'medium', timeStyle: 'short' })
if (ask) $('restart').href = location

addEventListener('load', () => {
  if (at && is('ready')) watch(dataset.left)
})
