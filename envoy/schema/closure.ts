// File descriptors and the messages we use in; the smallest set of descriptors that holds these and everything they
// refer to out. What only generators and validators read (comments, services, options) is left behind.
import { clone, create } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type EnumDescriptorProto,
  FieldDescriptorProtoSchema,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt'

/** In dependency order, as a file registry wants them. `json_name`, which linked descriptors lack, is filled in. */
export const closureOf = (files: readonly FileDescriptorProto[], roots: readonly string[]): FileDescriptorProto[] => {
  const index = indexOf(files)
  const kept = reach(index, roots)
  const slim = new Map<string, FileDescriptorProto>()
  for (const file of files) {
    const prefix = file.package === '' ? '' : `${file.package}.`
    const messageType = file.messageType
      .filter(message => kept.has(prefix + message.name))
      .map(message => slimMessage(message, prefix, kept))
    const enumType = file.enumType.filter(type => kept.has(prefix + type.name)).map(slimEnum)
    if (messageType.length + enumType.length === 0) continue
    slim.set(
      file.name,
      create(FileDescriptorProtoSchema, {
        name: file.name,
        package: file.package,
        syntax: file.syntax,
        messageType,
        enumType,
      }),
    )
  }
  for (const file of slim.values()) {
    const needed = new Set(file.messageType.flatMap(typesOf).map(type => index.get(type)!.file))
    needed.delete(file.name)
    file.dependency = [...needed].sort()
  }
  return inOrder(slim)
}

/** lowerCamelCase as protoc computes `json_name`. */
export const jsonName = (name: string): string =>
  name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '')

interface Entry {
  file: string
  /** The message this one is nested in. */
  parent?: string
  message?: DescriptorProto
}

const indexOf = (files: readonly FileDescriptorProto[]): Map<string, Entry> => {
  const index = new Map<string, Entry>()
  const visit = (
    file: string,
    scope: string,
    messages: readonly DescriptorProto[],
    enums: readonly EnumDescriptorProto[],
    parent?: string,
  ) => {
    const nesting = parent === undefined ? {} : { parent }
    for (const type of enums) index.set(scope + type.name, { file, ...nesting })
    for (const message of messages) {
      const name = scope + message.name
      index.set(name, { file, message, ...nesting })
      visit(file, `${name}.`, message.nestedType, message.enumType, name)
    }
  }
  for (const file of files)
    visit(file.name, file.package === '' ? '' : `${file.package}.`, file.messageType, file.enumType)
  return index
}

/** Names of messages and enums that the roots reach through fields; a nested one keeps what it is nested in. */
const reach = (index: Map<string, Entry>, roots: readonly string[]): Set<string> => {
  const kept = new Set<string>()
  const todo = [...roots]
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (kept.has(name)) continue
    const entry = index.get(name)
    if (!entry) throw new Error(`no type ${name} in the schema`)
    kept.add(name)
    if (entry.parent !== undefined) todo.push(entry.parent)
    for (const field of entry.message?.field ?? []) if (field.typeName !== '') todo.push(field.typeName.slice(1))
  }
  return kept
}

const slimMessage = (message: DescriptorProto, scope: string, kept: Set<string>): DescriptorProto => {
  const inside = `${scope}${message.name}.`
  const isMapEntry = message.options?.mapEntry ?? false
  const slim = create(DescriptorProtoSchema, {
    name: message.name,
    oneofDecl: message.oneofDecl.map(({ name }) => ({ name })),
    nestedType: message.nestedType
      .filter(({ name }) => kept.has(inside + name))
      .map(nested => slimMessage(nested, inside, kept)),
    enumType: message.enumType.filter(({ name }) => kept.has(inside + name)).map(slimEnum),
    field: message.field.map(field => {
      const copy = clone(FieldDescriptorProtoSchema, field)
      copy.jsonName = jsonName(field.name)
      delete copy.options
      if (field.options?.deprecated) copy.options = create(FieldOptionsSchema, { deprecated: true })
      return copy
    }),
  })
  if (isMapEntry) slim.options = create(MessageOptionsSchema, { mapEntry: true })
  return slim
}

const slimEnum = (type: EnumDescriptorProto): EnumDescriptorProto => ({
  ...type,
  value: type.value.map(value => {
    const copy = { ...value }
    delete copy.options
    return copy
  }),
})

/** Full names of all types that fields of the message and of those nested in it have. */
const typesOf = (message: DescriptorProto): string[] => [
  ...message.field.flatMap(field => (field.typeName === '' ? [] : [field.typeName.slice(1)])),
  ...message.nestedType.flatMap(typesOf),
]

const inOrder = (files: Map<string, FileDescriptorProto>): FileDescriptorProto[] => {
  const ordered = new Set<FileDescriptorProto>()
  const visit = (file: FileDescriptorProto) => {
    if (ordered.has(file)) return
    for (const name of file.dependency) visit(files.get(name)!)
    ordered.add(file)
  }
  for (const name of [...files.keys()].sort()) visit(files.get(name)!)
  return [...ordered]
}
