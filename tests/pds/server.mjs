// A real server of Bluesky (PDS) and the directory of ids that it needs, both on this machine alone.
// Usage: node server.mjs FOLDER PORT DIRECTORY_PORT. Prints one line when ready; ends with its standard input.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import pdsModule from '@atproto/pds'
import plcModule from '@did-plc/server'

const [folder, port, directoryPort] = process.argv.slice(2)
const { PDS, envToCfg, envToSecrets, readEnv } = pdsModule
const { PlcServer, Database } = plcModule

// Both listen on all addresses of the machine unless they are told.
function onlyHere(server) {
  const listen = server.app.listen.bind(server.app)
  server.app.listen = (where, ...more) => listen(where, '127.0.0.1', ...more)
  return server
}

const plc = onlyHere(PlcServer.create({ db: Database.mock(), port: Number(directoryPort) }))
await plc.start()

const secret = () => randomBytes(32).toString('hex')
const blobs = join(folder, 'blobs')
mkdirSync(blobs, { recursive: true })
Object.assign(process.env, {
  LOG_ENABLED: 'false',
  PDS_PORT: port,
  PDS_HOSTNAME: 'localhost',
  PDS_DEV_MODE: 'true',
  PDS_DATA_DIRECTORY: folder,
  PDS_BLOBSTORE_DISK_LOCATION: blobs,
  PDS_BLOB_UPLOAD_LIMIT: '10000000',
  PDS_DID_PLC_URL: `http://127.0.0.1:${directoryPort}`,
  PDS_INVITE_REQUIRED: 'false',
  PDS_JWT_SECRET: secret(),
  PDS_DPOP_SECRET: secret(),
  PDS_ADMIN_PASSWORD: secret(),
  PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: secret(),
})
const env = readEnv()
const pds = onlyHere(await PDS.create(envToCfg(env), envToSecrets(env)))
await pds.start()
console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }))

process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
