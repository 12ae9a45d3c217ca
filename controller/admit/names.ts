// Names as Kubernetes allows them (apimachinery, util/validation and api/validate/content).
// In: a name. Out: what is wrong with it, in the API server's words; nothing for a good one.

export type Problems = string[]

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const DNS1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const LABEL_VALUE = `(${QUALIFIED})?`
const CONFIG_KEY = '[-._a-zA-Z0-9]+'

const ALPHANUMERIC =
  "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
const LABEL_ERROR =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
const SUBDOMAIN_ERROR =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
const DNS1035_ERROR =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"

/** None of the patterns can backtrack by more than the length of the name, which is limited first. */
const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)
const labelPattern = whole(LABEL)
const subdomainPattern = whole(SUBDOMAIN)
const dns1035Pattern = whole(DNS1035)
const qualifiedPattern = whole(QUALIFIED)
const labelValuePattern = whole(LABEL_VALUE)
const configKeyPattern = whole(CONFIG_KEY)

/** What is longer is not looked at further. */
const ABSURD = 1024

const bytes = (text: string): number => new TextEncoder().encode(text).length
const tooLong = (max: number, unit: 'bytes' | 'characters'): string => `must be no more than ${max} ${unit}`

const regexError = (message: string, pattern: string, ...examples: string[]): string =>
  `${message} (e.g. ${examples.map(e => `'${e}', `).join(' or ')}regex used for validation is '${pattern}')`

export const isDns1123Label = (name: string): Problems => {
  const problems = bytes(name) > 63 ? [tooLong(63, 'characters')] : []
  if (name.length > ABSURD) return problems
  if (!labelPattern.test(name)) {
    const dots = subdomainPattern.test(name)
    problems.push(dots ? 'must not contain dots' : regexError(LABEL_ERROR, LABEL, 'my-name', '123-abc'))
  }
  return problems
}

export const isDns1123Subdomain = (name: string): Problems => {
  const problems = bytes(name) > 253 ? [tooLong(253, 'characters')] : []
  if (name.length > ABSURD) return problems
  if (!subdomainPattern.test(name)) problems.push(regexError(SUBDOMAIN_ERROR, SUBDOMAIN, 'example.com'))
  return problems
}

export const isDns1035Label = (name: string): Problems => {
  const problems = bytes(name) > 63 ? [tooLong(63, 'characters')] : []
  if (name.length > ABSURD) return problems
  if (!dns1035Pattern.test(name)) problems.push(regexError(DNS1035_ERROR, DNS1035, 'my-name', 'abc-123'))
  return problems
}

/** Keys of labels; of annotations when made lower-case. */
export const isLabelKey = (key: string): Problems => {
  const parts = key.split('/')
  const error = regexError(`must ${ALPHANUMERIC}`, QUALIFIED, 'MyName', 'my.name', '123-abc')
  if (parts.length > 2)
    return [`a valid label key ${error} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  const problems: Problems = []
  const name = parts.at(-1)!
  if (parts.length === 2) {
    const prefix = parts[0]!
    if (prefix === '') problems.push('prefix part must be non-empty')
    else problems.push(...isDns1123Subdomain(prefix).map(p => `prefix part ${p.replace('characters', 'bytes')}`))
  }
  if (name === '') problems.push('name part must be non-empty')
  else if (bytes(name) > 63) problems.push(`name part ${tooLong(63, 'bytes')}`)
  if (name.length <= ABSURD && !qualifiedPattern.test(name)) problems.push(`name part ${error}`)
  return problems
}

export const isLabelValue = (value: string): Problems => {
  const problems = bytes(value) > 63 ? [tooLong(63, 'bytes')] : []
  if (value.length <= ABSURD && !labelValuePattern.test(value)) {
    const message = `a valid label must be an empty string or ${ALPHANUMERIC}`
    problems.push(regexError(message, LABEL_VALUE, 'MyValue', 'my_value', '12345'))
  }
  return problems
}

/** Keys of a ConfigMap or a Secret. */
export const isConfigKey = (key: string): Problems => {
  const problems = bytes(key) > 253 ? [tooLong(253, 'characters')] : []
  if (key.length <= ABSURD && !configKeyPattern.test(key)) {
    const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
    problems.push(regexError(message, CONFIG_KEY, 'key.name', 'KEY_NAME', 'key-name'))
  }
  if (key === '.') problems.push("must not be '.'")
  else if (key === '..') problems.push("must not be '..'")
  else if (key.startsWith('..')) problems.push("must not start with '..'")
  return problems
}

/** Names of ports (IANA_SVC_NAME). */
export const isPortName = (name: string): Problems => {
  const problems: Problems = name.length > 15 ? [tooLong(15, 'characters')] : []
  if (!/^[-a-z0-9]+$/.test(name))
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(name)) problems.push('must contain at least one letter (a-z)')
  if (name.includes('--')) problems.push('must not contain consecutive hyphens')
  if (name.startsWith('-') || name.endsWith('-')) problems.push('must not begin or end with a hyphen')
  return problems
}
