package embedded

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

var (
	// ErrLibraryMissing says that libchdb was found nowhere.
	ErrLibraryMissing = errors.New("libchdb is missing")
	// ErrLibraryWrong says that the file is not a libchdb for this machine.
	ErrLibraryWrong = errors.New("not a usable libchdb")
	// ErrClosed says that the engine is closed, or closing.
	ErrClosed = errors.New("embedded ClickHouse is closed")
)

// An InUseError says that another process holds the folder. Its socket, if it
// serves one, is reached with DialSocket.
type InUseError struct {
	Dir     string
	PID     int    // 0 if unknown
	Command string // command line of that process; empty if unknown
}

func (e *InUseError) Error() string {
	switch {
	case e.PID == 0:
		return fmt.Sprintf("data folder %q is in use by another process", e.Dir)
	case e.Command == "":
		return fmt.Sprintf("data folder %q is in use by process %d", e.Dir, e.PID)
	}
	return fmt.Sprintf("data folder %q is in use by process %d (%s)", e.Dir, e.PID, e.Command)
}

// Codes of ClickHouse that we answer with ourselves.
const (
	codeBadArguments = 36
	codeUnknownType  = 50
	codeSyntaxError  = 62
	codeNoData       = 108
	codeUnsupported  = 344
	codeUnknown      = 1002
)

// An exception is the engine's refusal of a query. It travels to the caller
// as a server would send it, so that errors.As finds a *clickhouse.Exception.
type exception struct {
	code int
	text string // "Code: 60. DB::Exception: …"
}

func (e *exception) Error() string { return e.text }

// refuse makes an exception of our own.
func refuse(code int, format string, args ...any) *exception {
	return &exception{code, fmt.Sprintf("Code: %d. DB::Exception: %s", code, fmt.Sprintf(format, args...))}
}

var exceptionCode = regexp.MustCompile(`^Code:\s*(\d+)\.\s*`)

// parseException reads the engine's text. The engine wraps some exceptions in
// themselves ("Code: 241. DB::Exception: Code: 241. DB::Exception: …"); the
// innermost is kept.
func parseException(text string) *exception {
	text = strings.TrimSpace(text)
	m := exceptionCode.FindStringSubmatch(text)
	if m == nil {
		return refuse(codeUnknown, "%s", text)
	}
	code, err := strconv.Atoi(m[1])
	if err != nil {
		return refuse(codeUnknown, "%s", text)
	}
	const wrap = "DB::Exception: "
	for {
		rest, ok := strings.CutPrefix(text[len(m[0]):], wrap)
		if !ok {
			break
		}
		inner := exceptionCode.FindStringSubmatch(rest)
		if inner == nil || inner[1] != m[1] {
			break
		}
		text, m = rest, inner
	}
	return &exception{code, text}
}

// response is the answer of a server to a query that failed before its result
// began.
func (e *exception) response(req *http.Request) *http.Response {
	resp := answer(req, http.StatusInternalServerError, strings.NewReader(e.text), int64(len(e.text)))
	resp.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	resp.Header.Set("X-ClickHouse-Exception-Code", strconv.Itoa(e.code))
	return resp
}

// frame is how a server reports a failure after the result began: a block in
// the body that carries the tag announced in X-ClickHouse-Exception-Tag.
func (e *exception) frame(tag string) []byte {
	const mark = "\r\n__exception__\r\n"
	return fmt.Appendf(nil, "%s%s\r\n%s\n%d %s%s", mark, tag, e.text, len(e.text)+1, tag, mark)
}
