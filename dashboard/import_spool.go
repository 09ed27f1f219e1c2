package dashboard

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/schema"
)

// A spool keeps uploaded files until they are imported, one folder for each
// upload: upload.json, and the files by number. No name in it comes from
// outside. What is there survives a restart.
type spool struct {
	dir string
	mu  sync.Mutex // held while something in the folder changes
}

// An upload is a set of files that belong to one import, and what was chosen
// for them.
type upload struct {
	ID        string             `json:"id"`
	Person    string             `json:"person"` // who began it
	Began     time.Time          `json:"began"`  // by the machine's clock
	Platform  schema.Platform    `json:"platform"`
	Map       importer.Map       `json:"map"`
	Account   schema.AccountID   `json:"account,omitempty"`
	AccountBy importer.AccountBy `json:"account_by,omitempty"`
	AsOf      time.Time          `json:"as_of"`
	Files     []uploadedFile     `json:"files"`
	Import    string             `json:"import,omitempty"` // the import's id, once it was started
}

// An uploadedFile is a file as the browser announced it.
type uploadedFile struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
}

const (
	chunkBytes   = 1 << 20           // of a file in one request
	spoolBytes   = 4 << 30           // of all uploads together
	spoolFor     = 24 * time.Hour    // an upload that nobody touched for so long is taken away
	recordName   = "upload.json"     // in an upload's folder
	spoolDefault = "hamawaz-uploads" // in the machine's folder for temporary files
)

// uploadID is what rand.Text makes.
var uploadID = regexp.MustCompile(`^[A-Z2-7]{26}$`)

// A shortError says that a chunk does not follow what is there: Size bytes are.
type shortError struct{ Size int64 }

func (e shortError) Error() string { return fmt.Sprintf("the next byte is number %d", e.Size) }

// open makes the folder, for this user alone.
func (s *spool) open() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("folder of uploads: %w", err)
	}
	// In a folder that everybody may write to, somebody else may have been first.
	info, err := os.Lstat(s.dir)
	switch {
	case err != nil:
		return fmt.Errorf("folder of uploads: %w", err)
	case !info.IsDir() || info.Mode().Perm() != 0o700:
		return fmt.Errorf("folder of uploads: %s must be a folder that only its owner may use (mode 0700)", s.dir)
	}
	return nil
}

func (s *spool) path(id, name string) string { return filepath.Join(s.dir, id, name) }

// begin makes an upload. Its files are empty.
func (s *spool) begin(u upload) (upload, error) {
	if err := s.open(); err != nil {
		return u, err
	}
	all, err := s.list()
	if err != nil {
		return u, err
	}
	var sum int64
	for _, other := range append(all, u) {
		for _, f := range other.Files {
			sum += f.Size
		}
	}
	if sum > spoolBytes {
		return u, inputError{"imports.problem_spool"}
	}
	u.ID, u.Began = rand.Text(), time.Now().UTC()
	if err := os.Mkdir(s.path(u.ID, ""), 0o700); err != nil {
		return u, fmt.Errorf("upload: %w", err)
	}
	for i := range u.Files {
		f, err := os.OpenFile(s.path(u.ID, strconv.Itoa(i)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return u, fmt.Errorf("upload: %w", err)
		}
		if err := f.Close(); err != nil {
			return u, fmt.Errorf("upload: %w", err)
		}
	}
	return u, s.save(u)
}

// save writes the upload's record, whole or not at all.
func (s *spool) save(u upload) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := json.Marshal(u)
	if err != nil {
		return err
	}
	path := s.path(u.ID, recordName)
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	return nil
}

// upload returns the upload of the id, or schema.ErrNotFound.
func (s *spool) upload(id string) (upload, error) {
	var u upload
	if !uploadID.MatchString(id) {
		return u, fmt.Errorf("upload %q: %w", id, schema.ErrNotFound)
	}
	b, err := os.ReadFile(s.path(id, recordName))
	if errors.Is(err, fs.ErrNotExist) {
		return u, fmt.Errorf("upload %s: %w", id, schema.ErrNotFound)
	}
	if err != nil {
		return u, fmt.Errorf("upload %s: %w", id, err)
	}
	if err := json.Unmarshal(b, &u); err != nil || u.ID != id {
		return u, fmt.Errorf("upload %s: its record cannot be read: %w", id, errors.Join(err, schema.ErrNotFound))
	}
	return u, nil
}

// list returns all uploads, the newest first.
func (s *spool) list() ([]upload, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("folder of uploads: %w", err)
	}
	var all []upload
	for _, e := range entries {
		if u, err := s.upload(e.Name()); err == nil {
			all = append(all, u)
		}
	}
	slices.SortFunc(all, func(a, b upload) int { return b.Began.Compare(a.Began) })
	return all, nil
}

// received returns how many bytes of the file there are.
func (s *spool) received(u upload, file int) (int64, error) {
	if file < 0 || file >= len(u.Files) {
		return 0, fmt.Errorf("file %d of upload %s: %w", file, u.ID, schema.ErrNotFound)
	}
	info, err := os.Stat(s.path(u.ID, strconv.Itoa(file)))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("file %d of upload %s: %w", file, u.ID, schema.ErrNotFound)
	}
	if err != nil {
		return 0, fmt.Errorf("upload %s: %w", u.ID, err)
	}
	return info.Size(), nil
}

// complete reports whether every file is there in full.
func (s *spool) complete(u upload) bool {
	for i, f := range u.Files {
		if n, err := s.received(u, i); err != nil || n != f.Size {
			return false
		}
	}
	return true
}

// append puts a chunk behind what is there of the file. Its error is a
// shortError if offset is not where the file ends: a chunk whose answer was
// lost is not stored twice.
func (s *spool) append(u upload, file int, offset int64, chunk []byte) (size int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	have, err := s.received(u, file)
	switch {
	case err != nil:
		return 0, err
	case offset != have:
		return have, shortError{have}
	case have+int64(len(chunk)) > u.Files[file].Size:
		return have, inputError{"imports.problem_longer"}
	}
	f, err := os.OpenFile(s.path(u.ID, strconv.Itoa(file)), os.O_WRONLY, 0)
	if err != nil {
		return have, fmt.Errorf("upload %s: %w", u.ID, err)
	}
	if _, err = f.WriteAt(chunk, have); err != nil { // half a chunk is none
		err = errors.Join(err, f.Truncate(have))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return have, fmt.Errorf("upload %s: %w", u.ID, err)
	}
	now := time.Now()
	os.Chtimes(s.path(u.ID, recordName), now, now) // it is in use: see sweep
	return have + int64(len(chunk)), nil
}

// files returns the files as the importer wants them.
func (s *spool) files(u upload) []importer.File {
	list := make([]importer.File, len(u.Files))
	for i, f := range u.Files {
		list[i] = importer.File{Name: f.Name, Path: s.path(u.ID, strconv.Itoa(i))}
	}
	return list
}

// remove takes the upload away.
func (s *spool) remove(id string) error {
	if !uploadID.MatchString(id) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.RemoveAll(s.path(id, "")); err != nil {
		return fmt.Errorf("remove upload %s: %w", id, err)
	}
	return nil
}

// sweep takes away what nobody has touched for a day, except what is busy.
func (s *spool) sweep(busy func(id string) bool) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return // there is none yet, or the next one tries again
	}
	for _, e := range entries {
		if !uploadID.MatchString(e.Name()) || busy(e.Name()) {
			continue
		}
		info, err := os.Stat(s.path(e.Name(), recordName))
		if err != nil {
			info, err = e.Info() // a folder without its record
		}
		if err == nil && time.Since(info.ModTime()) > spoolFor {
			s.remove(e.Name())
		}
	}
}
