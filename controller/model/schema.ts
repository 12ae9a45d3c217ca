// The structural schema of a kind: the part of JSON Schema that custom resources may use, with Kubernetes' extensions.
// In: generated data (gen/*.json). Out: what admission walks and what types are generated from. Without prose.

export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  format?: string
  nullable?: boolean
  default?: unknown
  enum?: unknown[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  items?: Schema
  required?: string[]
  minProperties?: number
  maxProperties?: number
  minItems?: number
  maxItems?: number
  uniqueItems?: boolean
  minLength?: number
  maxLength?: number
  pattern?: string
  minimum?: number
  maximum?: number
  exclusiveMinimum?: boolean
  exclusiveMaximum?: boolean
  multipleOf?: number
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  not?: Schema
  'x-kubernetes-validations'?: Rule[]
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  'x-kubernetes-list-map-keys'?: string[]
  'x-kubernetes-map-type'?: 'atomic' | 'granular'
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
}

/** One CEL rule, as in `x-kubernetes-validations`. */
export interface Rule {
  rule: string
  message?: string
  messageExpression?: string
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate'
  fieldPath?: string
  optionalOldSelf?: boolean
}

/** A kind of a source, with the schema of each version that is served. */
export interface KindSchema {
  group: string
  kind: string
  plural: string
  namespaced: boolean
  /** The version that our own types describe: the newest. */
  preferred: string
  /** A version whose schema is the same as another's names that one. */
  versions: Record<string, Schema | string>
}

export interface SchemaSet {
  source: string
  licence: string
  script: string
  kinds: KindSchema[]
}
