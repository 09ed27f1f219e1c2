package dashboard

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"path"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/collector/importer"
	"github.com/hamawaz/hamawaz/schema"
)

// Files come in chunks, so that a line that breaks costs one chunk: the script
// begins an upload, sends chunks in order, and asks after a failure how much
// there is. Without a script a form brings small files in one piece.

// maxName is how many letters of a file's name are kept.
const maxName = 200

// beginUpload takes POST /imports/uploads: the choices, with the names and
// sizes of the files to come, or with the files themselves.
func (s *Server) beginUpload(c *fiber.Ctx) error {
	// Form values last as long as the request: Fiber is told to copy them.
	u := upload{Person: person(c).ID}
	chosen, err := s.readChoices(c, &u)
	if err != nil {
		return s.refuseUpload(c, chosen, err)
	}
	var parts []*multipart.FileHeader
	if form, err := c.MultipartForm(); err == nil {
		for _, p := range form.File["file"] {
			if p.Filename != "" || p.Size > 0 { // a form without a chosen file sends an empty one
				parts = append(parts, p)
				u.Files = append(u.Files, uploadedFile{fileName(p.Filename), p.Size})
			}
		}
	} else {
		names, sizes := c.Context().PostArgs().PeekMulti("name"), c.Context().PostArgs().PeekMulti("size")
		if len(names) != len(sizes) {
			return s.refuseUpload(c, chosen, inputError{"imports.problem_form"})
		}
		for i := range names {
			size, err := strconv.ParseInt(string(sizes[i]), 10, 64)
			if err != nil || size < 0 {
				return s.refuseUpload(c, chosen, inputError{"imports.problem_form"})
			}
			u.Files = append(u.Files, uploadedFile{fileName(string(names[i])), size})
		}
	}
	if err := checkFiles(u.Files); err != nil {
		return s.refuseUpload(c, chosen, err)
	}
	s.spool.sweep(s.tasks.busy)
	if u, err = s.spool.begin(u); err != nil {
		return s.refuseUpload(c, chosen, err)
	}
	for i, p := range parts {
		if err := s.storePart(u, i, p); err != nil {
			return errors.Join(err, s.spool.remove(u.ID))
		}
	}
	if err := s.audit(c, u.Person, actionUpload, u.ID, "platform", string(u.Platform), "map", u.Map.Name, "files", strconv.Itoa(len(u.Files)), "first", u.Files[0].Name); err != nil {
		return errors.Join(err, s.spool.remove(u.ID))
	}
	if wantsJSON(c) {
		return c.Status(fiber.StatusCreated).JSON(fiber.Map{"upload": uploadAddress(u.ID)})
	}
	return c.Redirect(uploadAddress(u.ID), fiber.StatusSeeOther)
}

func (s *Server) storePart(u upload, i int, p *multipart.FileHeader) error {
	f, err := p.Open()
	if err != nil {
		return fmt.Errorf("upload %s: %w", u.ID, err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return fmt.Errorf("upload %s: %w", u.ID, err)
	}
	_, err = s.spool.append(u, i, 0, b)
	return err
}

// checkFiles says what is wrong with the files that were announced.
func checkFiles(files []uploadedFile) error {
	limits := importer.DefaultLimits
	var sum int64
	for _, f := range files {
		if f.Size == 0 {
			return inputError{"imports.problem_empty"}
		}
		if f.Size > limits.FileBytes {
			return inputError{"imports.problem_large"}
		}
		if sum += f.Size; sum > limits.FileBytes {
			return inputError{"imports.problem_sum"}
		}
	}
	switch {
	case len(files) == 0:
		return inputError{"imports.problem_no_file"}
	case len(files) > limits.Files:
		return inputError{"imports.problem_files"}
	}
	return nil
}

// refuseUpload shows the form again, with what was chosen and what is wrong
// with it. The script only gets the sentence.
func (s *Server) refuseUpload(c *fiber.Ctx, chosen importChoices, err error) error {
	var input inputError
	if !errors.As(err, &input) {
		return err
	}
	status := fiber.StatusBadRequest
	if input.Key == "imports.problem_large" || input.Key == "imports.problem_sum" {
		status = fiber.StatusRequestEntityTooLarge
	}
	if wantsJSON(c) {
		return c.Status(status).JSON(fiber.Map{"problem": s.printer(c).Text(input.Key)})
	}
	return s.showNew(c, status, chosen, input.Key)
}

func wantsJSON(c *fiber.Ctx) bool { return c.Get(fiber.HeaderAccept) == fiber.MIMEApplicationJSON }

// fileName returns the name as it is shown: without folders, on one line.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "�"), `\`, "/"))
	name = strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return -1
		}
		return r
	}, name))
	if n := utf8.RuneCountInString(name); n > maxName { // the end says what it is
		name = string([]rune(name)[n-maxName:])
	}
	if name == "" || name == "." || name == "/" {
		return "file"
	}
	return name
}

// uploadOf returns the upload that the address names.
func (s *Server) uploadOf(c *fiber.Ctx) (upload, error) { return s.spool.upload(c.Params("upload")) }

// uploadSize answers GET /imports/uploads/:upload/:file: how many bytes of the
// file there are.
func (s *Server) uploadSize(c *fiber.Ctx) error {
	u, file, err := s.uploadedFileOf(c)
	if err != nil {
		return err
	}
	n, err := s.spool.received(u, file)
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"size": n})
}

func (s *Server) uploadedFileOf(c *fiber.Ctx) (upload, int, error) {
	u, err := s.uploadOf(c)
	if err != nil {
		return u, 0, err
	}
	file, err := strconv.Atoi(c.Params("file"))
	if err != nil {
		return u, 0, fmt.Errorf("file of upload %s: %w", u.ID, schema.ErrNotFound)
	}
	return u, file, nil
}

// uploadChunk takes PUT /imports/uploads/:upload/:file?offset=: the bytes of
// the file from there on. A chunk that does not follow what is there is
// answered by 409 and how much is there.
func (s *Server) uploadChunk(c *fiber.Ctx) error {
	u, file, err := s.uploadedFileOf(c)
	if err != nil {
		return err
	}
	offset, err := strconv.ParseInt(c.Query("offset"), 10, 64)
	if err != nil || offset < 0 {
		return inputError{"imports.problem_form"}
	}
	var short shortError
	var input inputError
	n, err := s.spool.append(u, file, offset, c.Body())
	switch {
	case errors.As(err, &short):
		return c.Status(fiber.StatusConflict).JSON(fiber.Map{"size": n})
	case errors.As(err, &input):
		return c.Status(fiber.StatusBadRequest).JSON(fiber.Map{"size": n, "problem": s.printer(c).Text(input.Key)})
	case errors.Is(err, syscall.ENOSPC):
		s.Log.Error("no room for uploads", "folder", s.spool.dir, "error", err.Error())
		return c.Status(fiber.StatusInsufficientStorage).JSON(fiber.Map{"size": n, "problem": s.printer(c).Text("imports.problem_disk")})
	case err != nil:
		return err
	}
	return c.JSON(fiber.Map{"size": n})
}

// removeUpload takes POST /imports/uploads/:upload/remove.
func (s *Server) removeUpload(c *fiber.Ctx) error {
	u, err := s.uploadOf(c)
	if err != nil {
		return err
	}
	if s.tasks.of(u.ID).State == taskImporting {
		return inputError{"imports.problem_importing"}
	}
	s.tasks.forget(u.ID)
	if err := s.spool.remove(u.ID); err != nil {
		return err
	}
	return c.Redirect("/imports", fiber.StatusSeeOther)
}
