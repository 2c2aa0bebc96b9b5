"""The log as a service: C2SP reads, the `/v1` API and appends over HTTP.

Start reading at `app` (which routes there are), then `service` (what they share), `appender` (how
an append is acknowledged) and `server` (the process). The routes stand in one module for each kind
of thing; a further module with a `routes` function is one line in `app`. starlette and uvicorn
come with the extra `serve` and are imported when `assurance log serve` runs, not before.
"""
