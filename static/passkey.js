// Lets a passkey sign, or be made: what the page's data asks for goes to the browser, and what the browser
// answers goes into the form. Without this script the form stays hidden.
const form = document.getElementById('passkey')
const problem = form.querySelector('[role=alert]')
const options = JSON.parse(form.dataset.options)
const decode = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), byte => byte.charCodeAt(0))
const encode = bytes => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const PARTS = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']

options.challenge = decode(options.challenge)
if (options.user) options.user.id = decode(options.user.id)
for (const known of [options.allowCredentials, options.excludeCredentials].flat()) {
  if (known) known.id = decode(known.id)
}

async function ask() {
  const how = { publicKey: options }
  const key = await (options.user ? navigator.credentials.create(how) : navigator.credentials.get(how))
  const response = {}
  for (const part of PARTS) {
    if (key.response[part]) response[part] = encode(key.response[part])
  }
  return { id: key.id, rawId: encode(key.rawId), type: key.type, response }
}

form.addEventListener('submit', async event => {
  event.preventDefault()
  problem.textContent = ''
  try {
    form.elements.credential.value = JSON.stringify(await ask())
    form.submit()
  } catch {
    problem.textContent = form.dataset.failed
  }
})

if (window.PublicKeyCredential) {
  form.hidden = false
  document.getElementById('no-passkey')?.remove()
}
