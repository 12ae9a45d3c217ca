// File descriptors in, TypeScript types of their proto-JSON form out (protobuf.dev/programming-guides/json): what
// `fromJson` accepts and what one writes in an Envoy YAML file, with lowerCamelCase names.
import type {
  DescriptorProto,
  EnumDescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
} from '@bufbuild/protobuf/wkt'
import { FieldDescriptorProto_Label, FieldDescriptorProto_Type as Type } from '@bufbuild/protobuf/wkt'

/** Of several messages that are called alike the first root (or what is nested in it) keeps the short name; the others get their package's in front. */
export const typesSource = (files: readonly FileDescriptorProto[], roots: readonly string[]): string => {
  const types = files.flatMap(typesOf).sort((a, b) => (a.fullName < b.fullName ? -1 : 1))
  const names = nameAll(types, roots)
  const mapEntries = new Map(types.filter(isMapEntry).map(type => [type.fullName, type.message!]))
  const context: Context = { names, mapEntries }
  const listed = types.filter(type => !type.fullName.startsWith('google.protobuf.') && !isMapEntry(type))
  return [
    ...listed.map(type => (type.enum ? enumSource(type, context) : messageSource(type, context))),
    messagesSource(types, roots, context),
  ].join('\n')
}

interface Named {
  fullName: string
  package: string
  message?: DescriptorProto
  enum?: EnumDescriptorProto
}

interface Context {
  names: Map<string, string>
  mapEntries: Map<string, DescriptorProto>
}

const typesOf = (file: FileDescriptorProto): Named[] => {
  const visit = (
    scope: string,
    messages: readonly DescriptorProto[],
    enums: readonly EnumDescriptorProto[],
  ): Named[] => [
    ...enums.map(type => ({ fullName: `${scope}.${type.name}`, package: file.package, enum: type })),
    ...messages.flatMap(message => [
      { fullName: `${scope}.${message.name}`, package: file.package, message },
      ...visit(`${scope}.${message.name}`, message.nestedType, message.enumType),
    ]),
  ]
  return visit(file.package, file.messageType, file.enumType)
}

const isMapEntry = (type: Named): boolean => type.message?.options?.mapEntry ?? false

/** Well-known types have a JSON form of their own. */
const wellKnown: Record<string, string> = {
  Any: 'Any',
  BoolValue: 'boolean',
  BytesValue: 'string',
  DoubleValue: 'number',
  Duration: 'string',
  Empty: 'Record<string, never>',
  FieldMask: 'string',
  FloatValue: 'number',
  Int32Value: 'number',
  Int64Value: 'number | string',
  ListValue: 'Json[]',
  NullValue: 'null',
  StringValue: 'string',
  Struct: '{ [key: string]: Json }',
  Timestamp: 'string',
  UInt32Value: 'number',
  UInt64Value: 'number | string',
  Value: 'Json',
}

const nameAll = (types: readonly Named[], roots: readonly string[]): Map<string, string> => {
  const names = new Map<string, string>()
  const taken = new Set(['Any', 'Json', 'Messages', 'Record'])
  const ours = types.filter(type => !isMapEntry(type) && !type.fullName.startsWith('google.protobuf.'))
  const short = (type: Named) => type.fullName.slice(type.package.length + 1).replaceAll('.', '_')
  const rank = (type: Named) => {
    const at = roots.findIndex(root => type.fullName === root || type.fullName.startsWith(`${root}.`))
    return at < 0 ? roots.length : at
  }
  const users = Map.groupBy(ours, short)
  for (const type of ours.toSorted((a, b) => rank(a) - rank(b))) {
    const isUnclear = users.get(short(type))!.length > 1 && rank(type) === roots.length
    const segments = type.package.split('.').filter(segment => !/^v\d/.test(segment))
    const candidates = segments.map(
      (_, n) =>
        segments
          .slice(segments.length - n)
          .map(pascal)
          .join('') + short(type),
    )
    const name = candidates.slice(isUnclear ? 1 : 0).find(candidate => !taken.has(candidate))
    if (name === undefined) throw new Error(`no free name for ${type.fullName}`)
    taken.add(name)
    names.set(type.fullName, name)
  }
  for (const type of types.filter(type => type.fullName.startsWith('google.protobuf.'))) {
    const known = wellKnown[type.fullName.slice('google.protobuf.'.length)]
    if (known) names.set(type.fullName, known)
  }
  return names
}

const pascal = (text: string): string => text.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const enumSource = (type: Named, { names }: Context): string =>
  `/** ${type.fullName} */\nexport type ${names.get(type.fullName)} = ${type.enum!.value.map(({ name }) => `'${name}'`).join(' | ')}\n`

const messageSource = (type: Named, context: Context): string => {
  const fields = type.message!.field.map(field => {
    const note = field.options?.deprecated ? '  /** @deprecated */\n' : ''
    return `${note}  ${propertyName(field.jsonName)}?: ${fieldType(field, context)}`
  })
  const body = fields.length === 0 ? '{ readonly [none: string]: never }' : `{\n${fields.join('\n')}\n}`
  return `/** ${type.fullName} */\nexport type ${context.names.get(type.fullName)} = ${body}\n`
}

const propertyName = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name}'`)

const fieldType = (field: FieldDescriptorProto, context: Context): string => {
  const entry = context.mapEntries.get(field.typeName.slice(1))
  if (entry) return `{ [key: string]: ${singleType(entry.field[1]!, context)} }`
  const single = singleType(field, context)
  if (field.label !== FieldDescriptorProto_Label.REPEATED) return single
  return single.includes('|') ? `(${single})[]` : `${single}[]`
}

const singleType = (field: FieldDescriptorProto, { names }: Context): string => {
  switch (field.type) {
    case Type.BOOL:
      return 'boolean'
    case Type.STRING:
    case Type.BYTES: // base64
      return 'string'
    case Type.INT64:
    case Type.UINT64:
    case Type.SINT64:
    case Type.FIXED64:
    case Type.SFIXED64:
      return 'number | string'
    case Type.MESSAGE:
    case Type.ENUM: {
      const name = names.get(field.typeName.slice(1))
      if (name === undefined) throw new Error(`no JSON form for ${field.typeName}`)
      return name
    }
    case Type.GROUP:
      throw new Error(`group ${field.name} has no JSON form`)
    default:
      return 'number'
  }
}

/** The JSON types by full name, for `packAny`. */
const messagesSource = (types: readonly Named[], roots: readonly string[], { names }: Context): string => {
  const known = new Set(types.map(type => type.fullName))
  const lines = [...roots]
    .filter(name => known.has(name))
    .sort()
    .map(name => `  '${name}': ${names.get(name)}`)
  return `/** What may go into an \`Any\`, by full name. */\nexport interface Messages {\n${lines.join('\n')}\n}\n`
}
