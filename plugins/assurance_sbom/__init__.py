"""SBOM collector: CycloneDX 1.6 JSON of an environment, a hashed lock file, or an existing file.

Start reading at `collector`; `inventory` holds the values that the sources fill and
`document` writes; `plugin` registers the collector.
"""
