// Exported checks an export of a Fairlead log with Go's own checksum-database libraries: the page of text in the
// export is all it was written from. Its arguments are the folder and the log's verifier key.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type record struct {
	Position      int64    `json:"position"`
	EventID       string   `json:"event_id"`
	Stream        string   `json:"stream"`
	Version       uint32   `json:"version"`
	Type          string   `json:"type"`
	ProjectID     *string  `json:"project_id"`
	ActorID       string   `json:"actor_id"`
	CorrelationID string   `json:"correlation_id"`
	CausationID   *string  `json:"causation_id"`
	CommandID     string   `json:"command_id"`
	Reason        *string  `json:"reason"`
	OccurredAt    string   `json:"occurred_at"`
	RecordedAt    string   `json:"recorded_at"`
	Data          string   `json:"data"`
	Path          []string `json:"path"`
}

func main() {
	count, err := verify(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("verified", count)
}

func verify(folder, key string) (int, error) {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return 0, err
	}
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return 0, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return 0, fmt.Errorf("the checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return 0, errors.New("the checkpoint is not three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, err
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return 0, err
	}
	return records(folder, tlog.Tree{N: size, Hash: root})
}

func records(folder string, tree tlog.Tree) (int, error) {
	file, err := os.Open(filepath.Join(folder, "records.jsonl"))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	count := 0
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, 1<<28)
	for scanner.Scan() {
		var each record
		if err := json.Unmarshal(scanner.Bytes(), &each); err != nil {
			return 0, err
		}
		raw, err := each.bytes()
		if err != nil {
			return 0, fmt.Errorf("position %d: %w", each.Position, err)
		}
		path := make([]tlog.Hash, len(each.Path))
		for i, text := range each.Path {
			hash, err := base64.StdEncoding.DecodeString(text)
			if err != nil || len(hash) != tlog.HashSize {
				return 0, fmt.Errorf("position %d: %q is no hash", each.Position, text)
			}
			copy(path[i][:], hash)
		}
		if err := tlog.CheckRecord(path, tree.N, tree.Hash, each.Position-1, tlog.RecordHash(raw)); err != nil {
			return 0, fmt.Errorf("position %d: %w", each.Position, err)
		}
		count++
	}
	return count, scanner.Err()
}

// bytes returns the bytes of a record: its header, then type, reason and data.
func (each record) bytes() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte(1)
	flags := byte(0)
	reason := ""
	if each.ProjectID != nil {
		flags |= 1
	}
	if each.CausationID != nil {
		flags |= 2
	}
	if each.Reason != nil {
		flags |= 4
		reason = *each.Reason
	}
	out.WriteByte(flags)
	number := func(value any) { binary.Write(&out, binary.BigEndian, value) }
	var problem error
	id := func(text *string) {
		raw := make([]byte, 16)
		if text != nil {
			decoded, err := hex.DecodeString(strings.ReplaceAll(*text, "-", ""))
			if err != nil || len(decoded) != 16 {
				problem = fmt.Errorf("%q is no UUID", *text)
			}
			copy(raw, decoded)
		}
		out.Write(raw)
	}
	instant := func(text string) {
		moment, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			problem = err
		}
		number(moment.UnixMicro())
	}
	number(each.Position)
	id(&each.EventID)
	id(&each.Stream)
	number(each.Version)
	id(each.ProjectID)
	id(&each.ActorID)
	id(&each.CorrelationID)
	id(each.CausationID)
	id(&each.CommandID)
	instant(each.OccurredAt)
	instant(each.RecordedAt)
	number(uint16(len(each.Type)))
	number(uint32(len(reason)))
	number(uint32(len(each.Data)))
	out.WriteString(each.Type + reason + each.Data)
	return out.Bytes(), problem
}
