// Writes an object that is ours alone. In: what it shall be, and how it was seen last. Out: the object in the cluster,
// by server-side apply, and nothing at all when it says that already. One of the same name that is not the Gateway's
// is left alone.
import { createHash } from 'node:crypto'
import { type ApiClient, isMissing } from '../../sources/kube/api.ts'
import type { OwnedObject } from './objects.ts'

const MANAGER = 'sluice'
const DIGEST = 'sluice.dev/digest'

export type Applied = { type: 'applied' | 'unchanged' } | { type: 'foreign'; message: string }

/** `path` is the collection's. `seen` spares the read where a watch has it. */
export const applyOwned = async (
  client: ApiClient,
  path: string,
  object: OwnedObject,
  seen: OwnedObject | undefined,
): Promise<Applied> => {
  const { name, namespace } = object.metadata
  const existing = seen ?? (await read(client, `${path}/${name}`))
  const owner = object.metadata.ownerReferences?.[0]?.uid
  if (existing && !existing.metadata.ownerReferences?.some(({ uid }) => uid === owner))
    return { type: 'foreign', message: `${object.kind} ${namespace}/${name} exists and belongs to somebody else` }
  const digest = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16)
  if (existing?.metadata.annotations?.[DIGEST] === digest) return { type: 'unchanged' }
  const annotations = { ...object.metadata.annotations, [DIGEST]: digest }
  await client.request('PATCH', `${path}/${name}`, {
    query: { fieldManager: MANAGER, force: 'true' },
    contentType: 'application/apply-patch+yaml',
    body: { ...object, metadata: { ...object.metadata, annotations } },
  })
  return { type: 'applied' }
}

const read = async (client: ApiClient, path: string): Promise<OwnedObject | undefined> => {
  try {
    return (await client.request('GET', path)).body as OwnedObject
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
