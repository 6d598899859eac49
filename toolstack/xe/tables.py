#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Write C tables of the published data model: tables.py xapid/model/*.txt >model_tables.c

A later file adds to the classes of an earlier one. The tables have classes, fields with their
types, enumerations, and which fields a client can change: those that the model has a setter for.
model.h has the types. The input's first lines describe its form.
"""
import re
import sys

SCALARS = {"string": "TYPE_STRING", "int": "TYPE_INT", "float": "TYPE_FLOAT", "bool": "TYPE_BOOL",
           "datetime": "TYPE_TIME"}
# Fields that the server sets itself, although the model has a setter for them.
SERVERS_OWN = {"VDI": ("managed", "missing", "is_a_snapshot", "snapshot_of", "snapshot_time",
                       "metadata_of_pool", "virtual_size", "physical_utilisation"),
               "SR": ("virtual_allocation", "physical_utilisation", "physical_size"),
               "task": ("status", "progress", "result", "error_info"),
               "VM": ("suspend_VDI",)}


def lines_of(paths):
    """The lines of all files, those that continue another one joined to it."""
    for path in paths:
        with open(path, encoding="utf-8") as source:
            yield from re.sub(r"\n ", " ", source.read()).splitlines()


def read(paths):
    """The classes of the model: name, [field, type], enumerations, messages' parameter counts."""
    model, at = [], None
    for line in lines_of(paths):
        word, _, rest = line.partition(" ")
        parts = [part.strip() for part in rest.split(" : ")]
        if word == "class":
            at = next((cls for cls in model if cls["class"] == rest), None)
            if not at:
                at = {"class": rest, "fields": [], "enums": [], "messages": {}}
                model.append(at)
        elif word == "field":
            at["fields"].append(parts[:2])
        elif word == "enum":
            at["enums"].append({"name": parts[0], "values": parts[1].split()})
        elif word in ("message", "implicit"):
            params = [part for part in parts[1].split(";") if part.strip()]
            at["messages"][parts[0]] = len(params)
        elif line and word != "#":
            sys.exit(f"tables.py: the line '{line}' is unknown")
    return model


def scalar(text):
    """A type that is neither set nor map, as an initializer of struct scalar."""
    if text in SCALARS:
        return f"{{{SCALARS[text]}, NULL}}"
    match = re.fullmatch(r"(\w+) ref", text)
    if match:
        return f'{{TYPE_REF, "{match[1]}"}}'
    match = re.fullmatch(r"enum (\w+)", text)
    if match:
        return f'{{TYPE_ENUM, "{match[1]}"}}'
    sys.exit(f"tables.py: the type '{text}' is unknown")


def whole(text):
    """A type as an initializer of struct type."""
    match = re.fullmatch(r"\((.*) -> (.*)\) map", text)
    if match:
        value = match[2].removesuffix(" set")
        shape = "SHAPE_MAP_OF_SETS" if value != match[2] else "SHAPE_MAP"
        return f"{{{shape}, {scalar(match[1])}, {scalar(value)}}}"
    if text.endswith(" set"):
        return f"{{SHAPE_SET, {{0, NULL}}, {scalar(text.removesuffix(' set'))}}}"
    return f"{{SHAPE_ONE, {{0, NULL}}, {scalar(text)}}}"


def sets(messages, prefixes, field, params):
    """Whether the class has a message that changes this field, with so many parameters."""
    return any(messages.get(prefix + field) == params for prefix in prefixes)


def flags(cls, field):
    """What a client can do with a field."""
    name, messages = field[0], cls["messages"]
    if name in SERVERS_OWN.get(cls["class"], ()):
        return "0"
    single = 3 if field[1].endswith(" set") else 4
    can = [(sets(messages, ("set_",), name, 3), "FIELD_SET"),
           (sets(messages, ("add_", "add_to_"), name, single), "FIELD_ADD"),
           (sets(messages, ("remove_", "remove_from_"), name, 3), "FIELD_REMOVE")]
    return " | ".join(flag for yes, flag in can if yes) or "0"


def write(model):
    """The tables, on standard output."""
    print("/* SPDX-License-Identifier: GPL-2.0-only */")
    print("/* Made by tables.py from the published data model. */")
    print("#include \"model.h\"\n\n#include <stddef.h>\n")
    enums = {enum["name"]: enum["values"] for cls in model for enum in cls["enums"]}
    for name, values in sorted(enums.items()):
        text = ", ".join(f'"{value}"' for value in values)
        print(f"static const char *const values_{name}[] = {{{text}, NULL}};")
    print("const struct model_enum model_enums[] = {")
    for name in sorted(enums):
        print(f'\t{{"{name}", values_{name}}},')
    print("\t{NULL, NULL},\n};\n")
    for cls in model:
        print(f"static const struct model_field fields_{cls['class']}[] = {{")
        for field in cls["fields"]:
            print(f'\t{{"{field[0]}", {whole(field[1])}, {flags(cls, field)}}},')
        print("\t{NULL, {0, {0, NULL}, {0, NULL}}, 0},\n};")
    print("\nconst struct model_class model_classes[] = {")
    for cls in model:
        names = {field[0] for field in cls["fields"]}
        listed = "true" if "get_all_records" in cls["messages"] else "false"
        named = "true" if "name_label" in names else "false"
        print(f'\t{{"{cls["class"]}", fields_{cls["class"]}, {listed}, {named}}},')
    print("\t{NULL, NULL, false, false},\n};")


if len(sys.argv) < 2:
    sys.exit(__doc__)
write(read(sys.argv[1:]))
