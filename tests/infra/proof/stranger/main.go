// Stranger checks a Fairlead log's proofs with Go's own checksum-database libraries, and nothing of Fairlead's.
//
// Its argument is a folder with what anyone can get: key, old.checkpoint, new.checkpoint, consistency (hashes in
// Base64, one a line), record (bytes), record.tlog-proof, and tile/ as the log serves it.
package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if err := verify(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("verified")
}

func verify(folder string) error {
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			panic(err)
		}
		return string(data)
	}
	key, err := note.NewVerifier(strings.TrimSpace(read("key")))
	if err != nil {
		return fmt.Errorf("the key: %w", err)
	}
	older, err := checkpoint(read("old.checkpoint"), key)
	if err != nil {
		return fmt.Errorf("the old checkpoint: %w", err)
	}
	newer, err := checkpoint(read("new.checkpoint"), key)
	if err != nil {
		return fmt.Errorf("the new checkpoint: %w", err)
	}
	grown, err := hashes(strings.Fields(read("consistency")))
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(grown, newer.N, newer.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("the new tree does not begin with the old one: %w", err)
	}
	leaf := tlog.RecordHash([]byte(read("record")))
	index, err := included(read("record.tlog-proof"), key, leaf)
	if err != nil {
		return fmt.Errorf("the proof of the record: %w", err)
	}
	tiles := tlog.TileHashReader(newer, tileFiles(folder))
	found, err := tiles.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
	if err != nil {
		return fmt.Errorf("the tiles: %w", err)
	}
	if found[0] != leaf {
		return errors.New("the tiles hold another leaf")
	}
	return nil
}

// checkpoint opens a checkpoint and returns the head of the tree that it states.
func checkpoint(text string, key note.Verifier) (tlog.Tree, error) {
	opened, err := note.Open([]byte(text), note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != key.Name() {
		return tlog.Tree{}, errors.New("it is not three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// included checks a proof of the form c2sp.org/tlog-proof@v1 and returns the index it is of.
func included(text string, key note.Verifier, leaf tlog.Hash) (int64, error) {
	head, signed, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return 0, errors.New("it is of another form")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return 0, err
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return 0, err
	}
	tree, err := checkpoint(signed, key)
	if err != nil {
		return 0, err
	}
	return index, tlog.CheckRecord(path, tree.N, tree.Hash, index, leaf)
}

func hashes(lines []string) ([]tlog.Hash, error) {
	all := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		data, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(data) != tlog.HashSize {
			return nil, fmt.Errorf("%q is no hash", line)
		}
		copy(all[i][:], data)
	}
	return all, nil
}

// tileFiles reads tiles from files named as the log serves them.
type tileFiles string

func (folder tileFiles) Height() int { return 8 }

func (folder tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		name := strings.TrimPrefix(tile.Path(), "tile/8/")
		read, err := os.ReadFile(filepath.Join(string(folder), "tile", name))
		if err != nil {
			return nil, err
		}
		data[i] = read
	}
	return data, nil
}

func (folder tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}
