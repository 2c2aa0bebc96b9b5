"""Transparency-log formats and proofs of C2SP and RFC 6962: bytes in, values out, no I/O.

Start reading at `note` (signed text), then `checkpoint` (a tree's size and root as such a
text), `merkle` (hashes and proofs), `tile` (how a tree is stored), `proof` (a receipt) and
`policy` (which logs and witnesses count).
"""
