// Sumdbcheck reads receipts (C2SP tlog-proof) with Go's own note and tlog packages.
//
// Usage: sumdbcheck VKEY ENTRY RECEIPT, or sumdbcheck -consistency VKEY OLD NEW PROOF, where OLD and
// NEW are files with signed checkpoints and PROOF has one base64 hash a line. Exits 0 if it holds.
package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func checkpoint(vkey string, data []byte) (int64, tlog.Hash, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return 0, tlog.Hash{}, errors.New("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, tlog.Hash{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return size, root, err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		raw, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("not a hash: %q", line)
		}
		found = append(found, tlog.Hash(raw))
	}
	return found, nil
}

func inclusion(vkey, entry, receipt string) error {
	body, err := os.ReadFile(entry)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(receipt)
	if err != nil {
		return err
	}
	head, tail, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return errors.New("not a tlog-proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	proof, err := hashes(lines[2:])
	if err != nil {
		return err
	}
	size, root, err := checkpoint(vkey, []byte(tail))
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, size, root, index, tlog.RecordHash(body))
}

func consistency(vkey, old, newer, proof string) error {
	var sizes [2]int64
	var roots [2]tlog.Hash
	for i, name := range []string{old, newer} {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if sizes[i], roots[i], err = checkpoint(vkey, data); err != nil {
			return err
		}
	}
	data, err := os.ReadFile(proof)
	if err != nil {
		return err
	}
	parts, err := hashes(strings.Fields(string(data)))
	if err != nil {
		return err
	}
	return tlog.CheckTree(parts, sizes[1], roots[1], sizes[0], roots[0])
}

func main() {
	var err error
	switch args := os.Args[1:]; {
	case len(args) == 5 && args[0] == "-consistency":
		err = consistency(args[1], args[2], args[3], args[4])
	case len(args) == 3:
		err = inclusion(args[0], args[1], args[2])
	default:
		err = errors.New("usage: sumdbcheck [-consistency] VKEY FILE...")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sumdbcheck:", err)
		os.Exit(1)
	}
	fmt.Println("holds")
}
