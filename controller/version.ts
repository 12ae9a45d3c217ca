// What we call ourselves: in `--version`, in Envoy's node id, in events.
import packageFile from '../package.json' with { type: 'json' }

export const version: string = packageFile.version
