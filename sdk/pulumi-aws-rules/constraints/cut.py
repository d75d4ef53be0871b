"""Cuts the constraints of AWS's own service models that concern our resources into constraints.json.

    python3 sdk/pulumi-aws-rules/constraints/cut.py [--check]

Needs botocore in the version below, whose package holds the models:

    python3 -m pip install botocore==1.43.11

`cargo xtask generate` runs it where that is installed. A member of an operation's input is the property of its name in
camel case; where it is not, exceptions.json says which. A member without a property is left out. A pattern that looks
ahead, which Rust's regular expressions cannot, is replaced by one in exceptions.json that takes the same texts.

Exit code 3: botocore is not here in that version.
"""

import gzip
import json
import pathlib
import re
import sys

VERSION = "1.43.11"
HERE = pathlib.Path(__file__).resolve().parent
SCHEMA = HERE.parents[1] / "pulumi-aws/schema.json"
TARGET = HERE.parent / "constraints.json"
LIMITS = ("min", "max", "pattern", "enum")


def models_folder():
    """The folder of the service models."""
    try:
        import botocore
    except ImportError:
        print(f"botocore is not installed; wanted is {VERSION}")
        sys.exit(3)
    if botocore.__version__ != VERSION:
        print(f"botocore {botocore.__version__} is installed; wanted is {VERSION}")
        sys.exit(3)
    return pathlib.Path(botocore.__file__).parent / "data"


def load(folder, service):
    """The newest model of a service."""
    newest = max((folder / service).iterdir())
    packed = newest / "service-2.json.gz"
    if packed.exists():
        return json.loads(gzip.decompress(packed.read_bytes()))
    return json.loads((newest / "service-2.json").read_text())


def camel(member):
    """`MemorySize` is `memorySize`."""
    return member[:1].lower() + member[1:]


class Cutter:
    """Walks an operation's input and a resource's properties side by side."""

    def __init__(self, schema, service, model, names, exceptions):
        self.schema, self.service, self.model = schema, service, model
        self.names, self.left_out = names, exceptions["left out"]
        self.patterns = exceptions["patterns"]
        self.found = []

    def operation(self, name, properties):
        self.name = name
        shape = self.model["operations"][name]["input"]["shape"]
        self.members(shape, properties, "", shape, (), ())

    def limits(self, shape):
        limits = {key: shape[key] for key in LIMITS if key in shape}
        # API Gateway says the lengths of texts only in prose.
        told = re.search(r"length between \[(\d+)-(\d+)\]", shape.get("documentation", ""))
        if shape["type"] == "string" and told:
            limits = {"min": int(told[1]), "max": int(told[2]), **limits}
        if shape["type"] == "string" and limits.get("min") == 0:
            del limits["min"]
        return limits

    def emit(self, path, kind, shape_name, source):
        limits = self.limits(self.model["shapes"][shape_name])
        if f"{self.service}/{shape_name}" in self.patterns:
            limits["pattern"] = self.patterns[f"{self.service}/{shape_name}"]
        if kind == "map":
            # An empty map is as good as none: the provider does not send it.
            limits.pop("min", None)
        if limits:
            source = f"{self.service}/{shape_name}/{source}"
            self.found.append({"property": path, "kind": kind, **limits, "source": source})

    def members(self, shape_name, properties, path, source, trail, above):
        for member, target in self.model["shapes"][shape_name].get("members", {}).items():
            inner_trail = (*trail, member)
            if f"{self.service}/{self.name}/{'.'.join(inner_trail)}" in self.left_out:
                continue
            name = self.names.get(".".join(inner_trail), camel(member))
            inner_source = f"{source}.{member}"
            if name == "":
                # What is in it stands one level higher.
                shape = target["shape"]
                if self.model["shapes"][shape]["type"] == "list":
                    shape = self.model["shapes"][shape]["member"]["shape"]
                self.members(shape, properties, path, inner_source, inner_trail, above)
            elif name in properties:
                inner = f"{path}.{name}" if path else name
                self.walk(target["shape"], properties[name], inner, inner_source, inner_trail, above)

    def resolve(self, spec):
        """The properties of an object that has a type of its own."""
        reference = spec.get("$ref", "")
        if not reference.startswith("#/types/"):
            return None
        return self.schema["types"][reference.removeprefix("#/types/")]

    def walk(self, shape_name, spec, path, source, trail, above):
        if shape_name in above:
            return
        above = (*above, shape_name)
        shape = self.model["shapes"][shape_name]
        kind = shape["type"]
        if kind == "structure":
            if spec.get("type") == "array":
                spec, path = spec["items"], f"{path}[]"
            named = self.resolve(spec)
            if named and "properties" in named:
                self.members(shape_name, named["properties"], path, source, trail, above)
        elif kind == "list":
            self.list(shape_name, shape, spec, path, source, trail, above)
        elif kind == "map":
            if "additionalProperties" in spec:
                self.emit(path, "map", shape_name, source)
                self.emit(f"{path}.{{key}}", "string", shape["key"]["shape"], source)
                value = shape["value"]["shape"]
                self.walk(value, spec["additionalProperties"], f"{path}.{{value}}", source, trail, above)
        elif kind in ("string", "integer", "long", "double", "float"):
            named = self.resolve(spec)
            if spec.get("type") != "array" and (named is None or "enum" in named):
                self.emit(path, "string" if kind == "string" else "number", shape_name, source)

    def list(self, shape_name, shape, spec, path, source, trail, above):
        item = shape["member"]["shape"]
        if spec.get("type") == "array":
            self.emit(path, "list", shape_name, source)
            self.walk(item, spec["items"], f"{path}[]", source, trail, above)
        elif "additionalProperties" in spec:
            # Tags are a list of pairs for AWS, and a map for Pulumi.
            pair = self.model["shapes"][item].get("members", {})
            if {"Key", "Value"} <= set(pair):
                self.emit(path, "map", shape_name, source)
                self.emit(f"{path}.{{key}}", "string", pair["Key"]["shape"], f"{source}.Key")
                self.emit(f"{path}.{{value}}", "string", pair["Value"]["shape"], f"{source}.Value")
        else:
            # A list of at most one is no list for Pulumi.
            self.walk(item, spec, path, source, trail, above)


def cut(folder):
    """The text of the constraints file."""
    schema = json.loads(SCHEMA.read_text())
    exceptions = json.loads((HERE / "exceptions.json").read_text())
    models, blocks = {}, []
    for token, said in sorted(exceptions["resources"].items()):
        found = []
        for operation in said["operations"]:
            service, name = operation.split("/")
            model = models.setdefault(service, load(folder, service))
            names = said.get("names", {})
            cutter = Cutter(schema, service, model, names, exceptions)
            cutter.operation(name, schema["resources"][token]["inputProperties"])
            found += cutter.found
        lines = ",\n".join(f"      {json.dumps(entry, ensure_ascii=False)}" for entry in found)
        blocks.append(f"    {json.dumps(token)}: [\n{lines}\n    ]" if lines else f"    {json.dumps(token)}: []")
    made = f"sdk/pulumi-aws-rules/constraints/cut.py from botocore {VERSION}: `cargo xtask generate`"
    body = ",\n".join(blocks)
    return f'{{\n  "generated by": {json.dumps(made)},\n  "resources": {{\n{body}\n  }}\n}}\n'


def main():
    text = cut(models_folder())
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text() != text:
            print(f"{TARGET.name} is not what would be cut")
            sys.exit(1)
    else:
        TARGET.write_text(text)


if __name__ == "__main__":
    main()
