# A policy input that every built-in check passes, for tests to change: the file
# tests/vectors/policy/good-input.json of release-assurance as Rego.
package assurance.lib.sample

import rego.v1

# The evidence of `good` in its order, for paths: /evidence/1/predicate is the SBOM,
# /evidence/5/predicate its detail, /evidence/6 the provenance.
good := {
	"now": "2026-11-23T14:05:00Z",
	"environment": "production",
	"release": {
		"name": "inkwell",
		"version": "0.3.0",
		"revision": "8f3c1d2a9087f6e5d4c3b2a1908f7e6d5c4b3a29",
		"artifacts": [
			{
				"name": "inkwell-0.3.0-py3-none-any.whl",
				"sha256": "1111111111111111111111111111111111111111111111111111111111111111",
				"size": 4096,
				"platform": "py3-none-any",
			},
		],
	},
	"evidence": [
		{
			"line": 1,
			"predicate_type": "https://in-toto.io/attestation/release/v0.1",
			"predicate": {
				"name": "inkwell",
				"version": "0.3.0",
				"revision": "8f3c1d2a9087f6e5d4c3b2a1908f7e6d5c4b3a29",
				"artifacts": [
					{
						"name": "inkwell-0.3.0-py3-none-any.whl",
						"sha256": "1111111111111111111111111111111111111111111111111111111111111111",
						"size": 4096,
						"platform": "py3-none-any",
					},
				],
			},
			"subject": [
				{
					"name": "inkwell-0.3.0-py3-none-any.whl",
					"digest": {"sha256": "1111111111111111111111111111111111111111111111111111111111111111"},
					"uri": null,
				},
			],
			"signer": {
				"key": "5555555555555555555555555555555555555555555555555555555555555555",
				"holder": "ci",
				"roles": ["collector", "releaser"],
			},
			"as_of": "2026-11-23T14:05:00Z",
			"age_seconds": 0,
			"proven_at": null,
		},
		{
			"line": 2,
			"predicate_type": "https://cyclonedx.org/bom",
			"predicate": {
				"bomFormat": "CycloneDX",
				"specVersion": "1.6",
				"version": 1,
				"metadata": {
					"timestamp": "2026-11-23T14:05:00Z",
					"lifecycles": [{"phase": "pre-build"}],
					"tools": {"components": [{"type": "application", "name": "release-assurance", "version": "0.1.0"}]},
					"component": {
						"type": "application",
						"bom-ref": "inkwell@0.3.0",
						"name": "inkwell",
						"version": "0.3.0",
					},
				},
				"components": [
					{
						"type": "library",
						"bom-ref": "pkg:pypi/anyio@4.6.0",
						"name": "anyio",
						"version": "4.6.0",
						"purl": "pkg:pypi/anyio@4.6.0",
						"supplier": {"name": "anyio project"},
						"licenses": [{"expression": "MIT", "acknowledgement": "declared"}],
						"hashes": [
							{
								"alg": "SHA-256",
								"content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
							},
						],
					},
					{
						"type": "library",
						"bom-ref": "pkg:pypi/h11@0.16.0",
						"name": "h11",
						"version": "0.16.0",
						"purl": "pkg:pypi/h11@0.16.0",
						"supplier": {"name": "h11 project"},
						"licenses": [{"expression": "MIT", "acknowledgement": "declared"}],
						"hashes": [
							{
								"alg": "SHA-256",
								"content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
							},
						],
					},
					{
						"type": "library",
						"bom-ref": "pkg:pypi/idna@3.10",
						"name": "idna",
						"version": "3.10",
						"purl": "pkg:pypi/idna@3.10",
						"supplier": {"name": "idna project"},
						"licenses": [{"expression": "MIT", "acknowledgement": "declared"}],
						"hashes": [
							{
								"alg": "SHA-256",
								"content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
							},
						],
					},
				],
				"dependencies": [
					{"ref": "inkwell@0.3.0", "dependsOn": ["pkg:pypi/anyio@4.6.0", "pkg:pypi/h11@0.16.0"]},
					{"ref": "pkg:pypi/anyio@4.6.0", "dependsOn": ["pkg:pypi/idna@3.10"]},
					{"ref": "pkg:pypi/h11@0.16.0", "dependsOn": []},
					{"ref": "pkg:pypi/idna@3.10", "dependsOn": []},
				],
				"compositions": [
					{
						"aggregate": "complete",
						"dependencies": ["inkwell@0.3.0", "pkg:pypi/anyio@4.6.0", "pkg:pypi/h11@0.16.0", "pkg:pypi/idna@3.10"],
					},
				],
			},
			"subject": [
				{
					"name": "inkwell-0.3.0-py3-none-any.whl",
					"digest": {"sha256": "1111111111111111111111111111111111111111111111111111111111111111"},
					"uri": null,
				},
			],
			"signer": {
				"key": "5555555555555555555555555555555555555555555555555555555555555555",
				"holder": "ci",
				"roles": ["collector", "releaser"],
			},
			"as_of": "2026-11-23T14:05:00Z",
			"age_seconds": 0,
			"proven_at": null,
		},
		{
			"line": 3,
			"predicate_type": "https://in-toto.io/attestation/vulns/v0.2",
			"predicate": {
				"scanner": {
					"uri": "pkg:pypi/pip-audit@2.10.1",
					"version": "2.10.1",
					"db": {
						"name": "osv.zip",
						"digest": {"sha256": "7777777777777777777777777777777777777777777777777777777777777777"},
						"records": 2661,
						"lastUpdate": "2026-11-23T06:00:00Z",
					},
					"result": [],
				},
				"metadata": {"scanStartedOn": "2026-11-23T14:05:00Z", "scanFinishedOn": "2026-11-23T14:05:00Z"},
				"https://w3id.org/release-assurance/vulns-detail/v1": {
					"expected": 3,
					"audited": 3,
					"skipped": [],
					"packages": ["pkg:pypi/anyio@4.6.0", "pkg:pypi/h11@0.16.0", "pkg:pypi/idna@3.10"],
					"kev": {
						"catalogVersion": "2026.11.20",
						"dateReleased": "2026-11-20T17:04:19Z",
						"count": 1404,
						"digest": {"sha256": "9999999999999999999999999999999999999999999999999999999999999999"},
					},
				},
			},
			"subject": [
				{
					"name": "inkwell-0.3.0-py3-none-any.whl",
					"digest": {"sha256": "1111111111111111111111111111111111111111111111111111111111111111"},
					"uri": null,
				},
			],
			"signer": {
				"key": "5555555555555555555555555555555555555555555555555555555555555555",
				"holder": "ci",
				"roles": ["collector", "releaser"],
			},
			"as_of": "2026-11-23T14:05:00Z",
			"age_seconds": 0,
			"proven_at": null,
		},
		{
			"line": 4,
			"predicate_type": "https://in-toto.io/attestation/test-result/v0.1",
			"predicate": {
				"result": "PASSED",
				"configuration": [
					{
						"name": "junit.xml",
						"mediaType": "application/xml",
						"digest": {"sha256": "3333333333333333333333333333333333333333333333333333333333333333"},
					},
				],
				"passedTests": [
					"t::test_0",
					"t::test_1",
					"t::test_2",
					"t::test_3",
					"t::test_4",
					"t::test_5",
					"t::test_6",
					"t::test_7",
					"t::test_8",
					"t::test_9",
				],
				"warnedTests": [],
				"failedTests": [],
			},
			"subject": [
				{
					"name": null,
					"digest": {"gitCommit": "8f3c1d2a9087f6e5d4c3b2a1908f7e6d5c4b3a29"},
					"uri": null,
				},
			],
			"signer": {
				"key": "5555555555555555555555555555555555555555555555555555555555555555",
				"holder": "ci",
				"roles": ["collector", "releaser"],
			},
			"as_of": "2026-11-23T14:05:00Z",
			"age_seconds": 0,
			"proven_at": null,
		},
		{
			"line": 5,
			"predicate_type": "https://w3id.org/release-assurance/tests-detail/v1",
			"predicate": {
				"totals": {"tests": 11, "passed": 10, "failed": 0, "errors": 0, "skipped": 1, "flaky": 0},
				"durationSeconds": "1.5",
				"started": "2026-11-23T14:05:00Z",
				"ended": "2026-11-23T14:05:00Z",
				"files": [
					{
						"name": "junit.xml",
						"sha256": "3333333333333333333333333333333333333333333333333333333333333333",
						"tests": 11,
					},
				],
				"skippedTests": ["t::test_hsm"],
				"problems": [],
				"coverage": {
					"files": [
						{
							"name": "coverage.json",
							"sha256": "6666666666666666666666666666666666666666666666666666666666666666",
							"format": "coverage.py",
							"tool": "coverage.py 7.11.0",
							"measured": "2026-11-23T14:05:00Z",
							"statements": 100,
						},
					],
					"lines": {"covered": 90, "total": 100},
					"branches": {"covered": 30, "total": 40},
					"sources": 5,
					"uncovered": [],
				},
				"staticAnalysis": {
					"files": [{"name": "bandit.sarif", "sha256": "8888888888888888888888888888888888888888888888888888888888888888"}],
					"runs": [
						{
							"file": "bandit.sarif",
							"tool": "Bandit",
							"version": "1.9.4",
							"completed": true,
							"ended": "2026-11-23T14:05:00Z",
							"results": 0,
						},
					],
					"totals": {
						"results": 0,
						"errors": 0,
						"warnings": 0,
						"notes": 0,
						"others": 0,
						"undecided": 0,
						"suppressed": 0,
						"absent": 0,
					},
					"severities": {"critical": 0, "high": 0, "unknown": 0, "medium": 0, "low": 0},
					"findings": [],
					"problems": [],
				},
			},
			"subject": [
				{
					"name": null,
					"digest": {"gitCommit": "8f3c1d2a9087f6e5d4c3b2a1908f7e6d5c4b3a29"},
					"uri": null,
				},
			],
			"signer": {
				"key": "5555555555555555555555555555555555555555555555555555555555555555",
				"holder": "ci",
				"roles": ["collector", "releaser"],
			},
			"as_of": "2026-11-23T14:05:00Z",
			"age_seconds": 0,
			"proven_at": null,
		},
		{
			"line": 6,
			"predicate_type": "https://w3id.org/release-assurance/sbom-detail/v1",
			"predicate": {
				"documents": [
					{
						"source": "requirements",
						"input": "requirements.txt",
						"format": "CycloneDX",
						"formatVersion": "1.6",
						"id": null,
						"sha256": "8888888888888888888888888888888888888888888888888888888888888888",
						"packages": 3,
						"circles": [],
						"unreachable": [],
						"versions": [],
						"repeated": [],
					},
				],
				"licences": [],
				"archives": [
					{
						"name": "inkwell-0.3.0-py3-none-any.whl",
						"sha256": "1111111111111111111111111111111111111111111111111111111111111111",
						"kind": "wheel",
						"package": "inkwell",
						"version": "0.3.0",
						"files": 4,
						"problems": [],
					},
				],
				"installed": null,
				"drift": null,
			},
			"subject": [
				{
					"name": "inkwell-0.3.0-py3-none-any.whl",
					"digest": {
						"sha256": "1111111111111111111111111111111111111111111111111111111111111111",
					},
					"uri": null,
				},
			],
			"signer": {
				"key": "5555555555555555555555555555555555555555555555555555555555555555",
				"holder": "ci",
				"roles": [
					"collector",
					"releaser",
				],
			},
			"as_of": "2026-11-23T14:05:00Z",
			"age_seconds": 0,
			"proven_at": null,
		},
		{
			"line": 7,
			"predicate_type": "https://slsa.dev/provenance/v1",
			"predicate": {
				"buildDefinition": {
					"buildType": "https://ci.example.com/types/wheel/v1",
					"externalParameters": {"ref": "refs/tags/v0.3.0"},
					"resolvedDependencies": [
						{
							"uri": "git+https://git.example.com/inkwell@refs/tags/v0.3.0",
							"digest": {"gitCommit": "8f3c1d2a9087f6e5d4c3b2a1908f7e6d5c4b3a29"},
						},
					],
				},
				"runDetails": {
					"builder": {"id": "https://ci.example.com/builders/wheel/v1"},
					"metadata": {
						"invocationId": "https://ci.example.com/runs/4711",
						"startedOn": "2026-11-23T14:00:00Z",
						"finishedOn": "2026-11-23T14:02:00Z",
					},
				},
			},
			"subject": [
				{
					"name": "inkwell-0.3.0-py3-none-any.whl",
					"digest": {"sha256": "1111111111111111111111111111111111111111111111111111111111111111"},
					"uri": null,
				},
			],
			"signer": {
				"key": "5555555555555555555555555555555555555555555555555555555555555555",
				"holder": "ci",
				"roles": ["collector", "releaser"],
			},
			"as_of": "2026-11-23T14:05:00Z",
			"age_seconds": 0,
			"proven_at": null,
		},
	],
	"sign_offs": [
		{"area": "release", "state": "GIVEN", "needs": 1, "has": 1, "by": ["m.okafor"], "reason": null},
		{"area": "security", "state": "GIVEN", "needs": 1, "has": 1, "by": ["j.ferreira"], "reason": null},
	],
	"collectors": [
		{"name": "sbom", "version": "0.1.0", "status": "ok", "reason": null},
		{"name": "tests", "version": "0.1.0", "status": "ok", "reason": null},
		{"name": "vulnerabilities", "version": "0.1.0", "status": "ok", "reason": null},
	],
	"settings_digest": "4444444444444444444444444444444444444444444444444444444444444444",
	"previous": {
		"bundle": "8888888888888888888888888888888888888888888888888888888888888888",
		"release": {
			"name": "inkwell",
			"version": "0.2.0",
			"artifacts": [
				{
					"name": "inkwell-0.2.0-py3-none-any.whl",
					"sha256": "2222222222222222222222222222222222222222222222222222222222222222",
					"size": 4000,
					"platform": "py3-none-any",
				},
			],
		},
		"environment": "production",
		"verdict": "GO",
		"grade": 81,
		"target_grade": 80,
		"decided_at": "2026-11-09T08:05:00Z",
		"policy_digest": "3333333333333333333333333333333333333333333333333333333333333333",
		"checks": {
			"tests.passed": "PASS",
		},
		"history": [
			{
				"version": "0.1.0",
				"verdict": "GO",
				"grade": 74,
				"decided_at": "2026-10-12T09:30:00Z",
			},
		],
	},
}

# The good input with the value at `path` replaced (or added).
having(path, value) := json.patch(good, [{"op": "add", "path": path, "value": value}])

# The good input without what is at `path`.
lacking(path) := json.patch(good, [{"op": "remove", "path": path}])

# The statuses of a set of findings.
statuses(findings) := {finding.status | some finding in findings}

# Whether a finding of this status has this in its message.
says(findings, status, part) if {
	some finding in findings
	finding.status == status
	contains(finding.message, part)
}
