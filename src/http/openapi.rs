//! The description of the HTTP API in `OpenAPI` 3.1, made from the descriptors of the protos, comments included: it
//! cannot say anything else than the code does.

use std::{collections::BTreeMap, sync::LazyLock};

use prost::Message as _;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto,
    field_descriptor_proto::{Label, Type},
};
use serde_json::{Map, Value, json};

use crate::proto;

/// The calls: path, method of `CheckService`.
pub(super) const CALLS: [(&str, &str); 3] = [
    ("/v1/pages:check", "CheckPage"),
    ("/v1/pages:batchCheck", "BatchCheckPages"),
    ("/v1/pages:explain", "ExplainPage"),
];

const PACKAGE: &str = ".pagegate.v1.";
const ABOUT: &str = "Checks scraped pages before they are published: names the junk in them, gives a verdict, and hands \
    back the page without the junk. The messages are those of the gRPC API in proto3 JSON: field names in lowerCamelCase \
    or as in the protos, bytes in base64; answers have all fields, with their default where there is nothing to say. The header \
    x-server-timeout gives a call a time in seconds. A message has at most 16 MiB, a page at most 4 MiB; messages may be \
    sent with content-encoding gzip.";

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let description = FileDescriptorSet::decode(proto::DESCRIPTORS).map(|it| Protos::new(&it).description());
    // The descriptors are made at build time, and a test reads them.
    format!("{:#}\n", description.unwrap_or_default())
});

/// The description, as a JSON file.
pub(super) fn text() -> &'static str {
    &TEXT
}

/// Everything of the API by its full name, with the comment above it.
#[derive(Default)]
struct Protos<'a> {
    messages: BTreeMap<String, (&'a DescriptorProto, Vec<i32>, &'a FileDescriptorProto)>,
    enums: BTreeMap<String, (&'a EnumDescriptorProto, Vec<i32>, &'a FileDescriptorProto)>,
    methods: BTreeMap<&'a str, (&'a MethodDescriptorProto, Vec<i32>, &'a FileDescriptorProto)>,
}

impl<'a> Protos<'a> {
    fn new(files: &'a FileDescriptorSet) -> Self {
        let mut protos = Self::default();
        for file in files.file.iter().filter(|it| it.package() == "pagegate.v1") {
            for (message, index) in file.message_type.iter().zip(0..) {
                protos.messages.insert(format!("{PACKAGE}{}", message.name()), (message, vec![4, index], file));
            }
            for (known, index) in file.enum_type.iter().zip(0..) {
                protos.enums.insert(format!("{PACKAGE}{}", known.name()), (known, vec![5, index], file));
            }
            for (service, index) in file.service.iter().zip(0..).filter(|(it, _)| it.name() == "CheckService") {
                for (method, number) in service.method.iter().zip(0..) {
                    protos.methods.insert(method.name(), (method, vec![6, index, 2, number], file));
                }
            }
        }
        protos
    }

    fn description(&self) -> Value {
        let mut schemas = Map::new();
        let mut paths = Map::new();
        for (path, name) in CALLS {
            let Some((method, place, file)) = self.methods.get(name) else { continue };
            self.add(method.input_type(), &mut schemas);
            self.add(method.output_type(), &mut schemas);
            paths.insert(
                path.to_owned(),
                json!({ "post": {
                    "operationId": name,
                    "description": comment(file, place),
                    "parameters": [{
                        "name": "x-server-timeout",
                        "in": "header",
                        "description": "Time the call may take, in seconds.",
                        "schema": { "type": "number", "minimum": 0 },
                    }],
                    "requestBody": {
                        "required": true,
                        "content": { "application/json": { "schema": reference(method.input_type()) } },
                    },
                    "responses": {
                        "200": {
                            "description": "The answer.",
                            "content": { "application/json": { "schema": reference(method.output_type()) } },
                        },
                        "default": { "$ref": "#/components/responses/Error" },
                    },
                }}),
            );
        }
        for (path, about) in [
            ("/healthz", "Whether the process answers. Open to all."),
            ("/readyz", "Whether calls are wanted here: 503 while the store is away or the server stops. Open to all."),
            ("/metrics", "Metrics for Prometheus, for an administrator's key or from the machine itself."),
            ("/openapi.json", "This description. Open to all."),
        ] {
            let answers = json!({ "200": { "description": "As described." }, "default": { "description": "Not so." } });
            paths.insert(path.to_owned(), json!({ "get": { "description": about, "responses": answers } }));
        }
        schemas.insert("Error".into(), error());
        json!({
            "openapi": "3.1.0",
            "info": { "title": "pagegate", "version": "v1", "description": ABOUT },
            "security": [{ "key": [] }, {}],
            "paths": paths,
            "components": {
                "securitySchemes": { "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, pgk_…, as `pagegate keys create` makes one; none where the server runs open.",
                }},
                "responses": { "Error": {
                    "description": "What is wrong. Overload is 429 with Retry-After; 503 is answered while the store is \
                        away or the server stops.",
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
                }},
                "schemas": schemas,
            },
        })
    }

    /// Adds the schema of a message or an enum, and of all that it names.
    fn add(&self, name: &str, to: &mut Map<String, Value>) {
        let short = name.trim_start_matches(PACKAGE);
        if to.contains_key(short) {
            return;
        }
        if let Some((known, place, file)) = self.enums.get(name) {
            let names: Vec<&str> = known.value.iter().map(prost_types::EnumValueDescriptorProto::name).collect();
            let schema = json!({ "type": "string", "description": comment(file, place), "enum": names });
            to.insert(short.to_owned(), schema);
        }
        let Some((message, place, file)) = self.messages.get(name) else { return };
        // Known from here on, so that a message may hold its own kind.
        to.insert(short.to_owned(), Value::Null);
        let mut properties = Map::new();
        for (field, number) in message.field.iter().zip(0..) {
            let mut schema = self.field(message, field, to);
            let place = [place.as_slice(), &[2, number]].concat();
            schema.insert("description".into(), described(message, field, comment(file, &place)).into());
            properties.insert(field.json_name().to_owned(), schema.into());
        }
        let schema = json!({
            "type": "object",
            "description": comment(file, place),
            "properties": properties,
            "additionalProperties": false,
        });
        to.insert(short.to_owned(), schema);
    }

    fn field(
        &self,
        message: &DescriptorProto,
        field: &FieldDescriptorProto,
        to: &mut Map<String, Value>,
    ) -> Map<String, Value> {
        let entry = message.nested_type.iter().find(|it| field.type_name().ends_with(&format!(".{}", it.name())));
        let schema = match entry {
            // A map is a list of entries, each with its key and its value.
            Some(entry) => {
                let value = entry.field.iter().find(|it| it.number() == 2).map(|it| self.single(it, to));
                json!({ "type": "object", "additionalProperties": value })
            }
            None if field.label() == Label::Repeated => json!({ "type": "array", "items": self.single(field, to) }),
            None => self.single(field, to),
        };
        schema.as_object().cloned().unwrap_or_default()
    }

    fn single(&self, field: &FieldDescriptorProto, to: &mut Map<String, Value>) -> Value {
        match field.r#type() {
            Type::String => json!({ "type": "string" }),
            Type::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Type::Bool => json!({ "type": "boolean" }),
            Type::Float | Type::Double => json!({ "type": "number" }),
            Type::Int32 | Type::Sint32 | Type::Sfixed32 => json!({ "type": "integer", "format": "int32" }),
            Type::Uint32 | Type::Fixed32 => json!({ "type": "integer", "format": "int64", "minimum": 0 }),
            // 64 bits are more than JavaScript counts to.
            Type::Int64 | Type::Sint64 | Type::Sfixed64 | Type::Uint64 | Type::Fixed64 => {
                json!({ "type": ["string", "integer"], "pattern": "^-?[0-9]+$" })
            }
            Type::Message | Type::Enum | Type::Group if field.type_name() == ".google.protobuf.Timestamp" => {
                json!({ "type": "string", "format": "date-time" })
            }
            Type::Message | Type::Enum | Type::Group => {
                self.add(field.type_name(), to);
                reference(field.type_name())
            }
        }
    }
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", name.trim_start_matches(PACKAGE)) })
}

/// The comment of a field, with the others of its oneof.
fn described(message: &DescriptorProto, field: &FieldDescriptorProto, comment: String) -> String {
    let Some(index) = field.oneof_index.filter(|_| !field.proto3_optional()) else { return comment };
    let others: Vec<&str> =
        message.field.iter().filter(|it| it.oneof_index == Some(index)).map(FieldDescriptorProto::json_name).collect();
    format!("{comment} At most one of {} is set.", others.join(", "))
}

/// The comment above the thing at this place of a file, on one line for each paragraph.
fn comment(file: &FileDescriptorProto, place: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|it| &it.location);
    let found = locations.filter(|it| it.path == place).find_map(|it| it.leading_comments.as_deref());
    let paragraphs = found.unwrap_or_default().trim().split("\n\n");
    paragraphs.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

/// The schema of an error (AIP-193).
fn error() -> Value {
    let detail = |kind: &str, properties: Value| {
        let mut schema = json!({ "type": "object", "required": ["@type"], "additionalProperties": false });
        schema["properties"] = properties;
        schema["properties"]["@type"] = json!({ "const": format!("type.googleapis.com/google.rpc.{kind}") });
        schema
    };
    let text = || json!({ "type": "string" });
    let violation = json!({ "type": "object", "properties": { "field": text(), "description": text() } });
    json!({
        "type": "object",
        "description": "What is wrong with a call (AIP-193).",
        "required": ["error"],
        "additionalProperties": false,
        "properties": { "error": {
            "type": "object",
            "required": ["code", "status", "message", "details"],
            "additionalProperties": false,
            "properties": {
                "code": { "type": "integer", "description": "The status of HTTP." },
                "status": { "type": "string", "description": "Name of the code in google.rpc.Code." },
                "message": { "type": "string", "description": "What is wrong, for people." },
                "details": { "type": "array", "items": { "oneOf": [
                    detail("ErrorInfo", json!({
                        "reason": text(),
                        "domain": { "const": "pagegate" },
                        "metadata": { "type": "object", "additionalProperties": text() },
                    })),
                    detail("BadRequest", json!({ "fieldViolations": { "type": "array", "items": violation } })),
                    detail("RetryInfo", json!({ "retryDelay": { "type": "string", "pattern": "^[0-9.]+s$" } })),
                ]}},
            },
        }},
    })
}
