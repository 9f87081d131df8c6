"""How well searching finds what a caseworker means, over generated pages whose facts are known."""
