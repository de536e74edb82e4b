"""The key under which a named thing stands in an `nn.ModuleDict` or an `nn.ParameterDict`."""


def module_key(name: str) -> str:
    """Turn any name into a key that such a dictionary accepts; different names get different keys.

    The key depends on the name alone, so the keys of a state dict stay when tasks come or go. The
    prefix keeps names such as `keys` or `to` apart from the attributes of a module, and dots, which
    separate modules in a state dict, are written as in a URL.

    >>> module_key("spend"), module_key("keys"), module_key("a.b"), module_key("a%2Eb")
    ('of_spend', 'of_keys', 'of_a%2Eb', 'of_a%252Eb')
    """
    return "of_" + name.replace("%", "%25").replace(".", "%2E")
