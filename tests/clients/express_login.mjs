// express-openid-connect: a website over https that lets nobody in without signing in, takes the code by
// form_post, and signs out at the issuer.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import express from 'express'
import { auth } from 'express-openid-connect'

const { ISSUER, PYTHON, CERTIFICATE, PRIVATE_KEY, EXPRESS_PORT } = process.env
const person = fileURLToPath(new URL('person.py', import.meta.url))
const baseURL = `https://app.doorstep.test:${EXPRESS_PORT}`

const app = express()
app.use(auth({
  baseURL,
  issuerBaseURL: ISSUER,
  clientID: 'express',
  clientSecret: 'an-invented-secret_of.express~',
  secret: 'an invented secret that seals the cookies of this website',
  authorizationParams: { response_type: 'code', response_mode: 'form_post', scope: 'openid email' },
  idpLogout: true,
}))
app.get('/', async (request, response) => {
  const { email } = await request.oidc.fetchUserInfo()
  response.send(`The private page of ${email}. It leaves by ${response.oidc.logout ? '/logout' : 'nothing'}.`)
})

const [cert, key] = [readFileSync(CERTIFICATE), readFileSync(PRIVATE_KEY)]
const server = createServer({ cert, key }, app)
await new Promise(listening => server.listen(EXPRESS_PORT, '127.0.0.1', listening))
const visit = address => promisify(execFile)(PYTHON, [person, address, '--print'])
const { stdout } = await visit(baseURL)
const page = /The private page of (\S+)\./.exec(stdout)
if (!page) throw new Error(`another page: ${stdout}`)
server.close()
console.log(`express-openid-connect: signed in as ${page[1]}`)
