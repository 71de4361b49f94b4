"""Which built-in functions a policy may call, and why not the others.

The list is an allow-list: what is here gives the same answer on both engines (tests/policy/corpus/expressions.txt proves
it), reads nothing but its arguments, and says the same tomorrow. A name that a later engine adds is refused until then.
"""

from __future__ import annotations

ANY = -1  # takes any number of arguments

_KNOWN = """
abs/1 array.concat/2 array.reverse/1 array.slice/3 base64.decode/1 base64.encode/1 base64.is_valid/1
base64url.decode/1 base64url.encode/1 base64url.encode_no_pad/1 bits.and/2 bits.lsh/2 bits.negate/1 bits.or/2
bits.rsh/2 bits.xor/2 ceil/1 concat/2 contains/2 count/1 endswith/2 floor/1 format_int/2 glob.match/3
glob.quote_meta/1 graph.reachable/2 graph.reachable_paths/2 hex.decode/1 hex.encode/1 indexof/2 indexof_n/2
intersection/1 is_array/1 is_boolean/1 is_null/1 is_number/1 is_object/1 is_set/1 is_string/1 json.filter/2
json.is_valid/1 json.marshal/1 json.marshal_with_options/2 json.remove/2 json.unmarshal/1 lower/1 max/1 min/1
numbers.range/2 numbers.range_step/3 object.filter/2 object.get/3 object.keys/1 object.remove/2
object.subset/2 object.union/2 object.union_n/1 print/* product/1 regex.find_all_string_submatch_n/3
regex.find_n/3 regex.is_valid/1 regex.match/2 regex.replace/3 regex.split/2 regex.template_match/4 replace/3
round/1 semver.compare/2 semver.is_valid/1 sort/1 split/2 sprintf/2 startswith/2 strings.any_prefix_match/2
strings.any_suffix_match/2 strings.count/2 strings.replace_n/2 strings.reverse/1 substring/3 sum/1
time.clock/1 time.date/1 time.diff/2 time.format/1 time.parse_duration_ns/1 time.parse_ns/2
time.parse_rfc3339_ns/1 time.weekday/1 to_number/1 trim/2 trim_left/2 trim_prefix/2 trim_right/2 trim_space/1
trim_suffix/2 type_name/1 union/1 units.parse/1 units.parse_bytes/1 upper/1 urlquery.decode/1
urlquery.decode_object/1 urlquery.encode/1 urlquery.encode_object/1 walk/1 yaml.is_valid/1
"""

# What would make a verdict depend on something else than the change and the policies.
_REACHES_OUT = "reaches outside of the evaluation, so that the same change could get another verdict tomorrow"
_BY_CHANCE = "gives another value each time, so that the same change could get another verdict tomorrow"
FORBIDDEN = {
    "http.send": _REACHES_OUT,
    "net.": _REACHES_OUT,
    "opa.runtime": _REACHES_OUT,
    "providers.": _REACHES_OUT,
    "rego.": "reads the policy itself, which only one of the two engines can",
    "io.jwt.": "deals in credentials, and asks the clock",
    "crypto.": "is not in both engines",
    "rand.": _BY_CHANCE,
    "time.now_ns": _BY_CHANCE,
    "uuid.rfc4122": _BY_CHANCE,
    "trace": "is not in both engines",
}

# The two engines answer differently.
DIFFERENT = {
    "json.match_schema": "words its errors differently in each engine",
    "json.verify_schema": "words its errors differently in each engine",
    "json.patch": "fails in one engine where it is undefined in the other",
    "time.add_date": "is undefined for valid dates in one engine",
    "uuid.parse": "names variants differently in each engine",
    "yaml.marshal": "indents differently in each engine",
    "yaml.unmarshal": "reads numbers such as 0777 differently in each engine",
}


def _arities() -> dict[str, int]:
    pairs = (word.split("/") for word in _KNOWN.split())
    return {name: ANY if arity == "*" else int(arity) for name, arity in pairs}


ALLOWED = _arities()


def forbidden(name: str) -> str:
    """Why no policy may name this function, whoever defines it, or ""."""
    for start, reason in FORBIDDEN.items():
        if name == start or (start.endswith(".") and name.startswith(start)):
            return f"`{name}` {reason}"
    return f"`{name}` {DIFFERENT[name]}" if name in DIFFERENT else ""


def unknown(name: str, arguments: int) -> str:
    """Why a call is none of a built-in function, or "". One argument more than it takes receives its value."""
    if name not in ALLOWED:
        return f"`{name}` is neither a function of these policies nor a built-in function that both engines have"
    takes = ALLOWED[name]
    if takes != ANY and arguments not in (takes, takes + 1):
        return f"`{name}` takes {takes} argument{'' if takes == 1 else 's'}, not {arguments}"
    return ""
