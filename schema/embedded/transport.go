package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
)

// RoundTrip answers a request of the ClickHouse HTTP interface. It returns
// once the result's first rows are known; the body brings the rest.
//
// A failure before that is status 500 with the exception's text and code, as a
// server answers; one after it is an exception in the body. An error is
// returned only if the request was given up or the engine is closed.
func (e *Engine) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	body := req.Body
	defer func() {
		if body != nil {
			body.Close()
		}
		// A panic would leave the driver's locks held: database/sql then waits
		// for ever instead of showing it.
		if p := recover(); p != nil {
			resp, err = nil, fmt.Errorf("embedded ClickHouse: panic: %v\n%s", p, debug.Stack())
		}
		var ex *exception
		if errors.As(err, &ex) {
			resp, err = ex.response(req), nil
		}
	}()
	if err := e.begin(); err != nil {
		return nil, err
	}
	handedOver := false
	defer func() {
		if !handedOver {
			e.end()
		}
	}()

	r, err := parseRequest(req)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	stopAlive := context.AfterFunc(e.alive, func() { cancel(context.Cause(e.alive)) })
	release := func() { stopAlive(); cancel(nil) }
	defer func() {
		if !handedOver {
			release()
		}
	}()

	c, err := e.acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer func() {
		if !handedOver {
			e.pool <- c
		}
	}()

	if err := c.use(r.database); err != nil {
		return nil, err
	}
	if err := c.set(r.settings); err != nil {
		return nil, err
	}
	q := e.newQuery(ctx, c, r)
	done := func() {
		q.unwatch()
		c.reset(r.settings)
		e.pool <- c
		release()
		e.end()
	}
	handedOver = true // from here on done gives everything back

	out := newAnswerBody(ctx, cancel)
	tag := exceptionTag()
	go func() {
		defer done()
		defer func() {
			if p := recover(); p != nil {
				out.finish(fmt.Errorf("embedded ClickHouse: panic: %v\n%s", p, debug.Stack()), tag)
			}
		}()
		err := q.run(out)
		if err != nil {
			c.query("SELECT 1") // lets go of the failed query's tables and memory
		}
		out.finish(err, tag)
	}()

	n, err := out.first()
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return answer(req, http.StatusOK, http.NoBody, 0), nil
	}
	resp = answer(req, http.StatusOK, out, -1)
	resp.Header.Set("X-ClickHouse-Exception-Tag", tag)
	resp.Header.Set("X-ClickHouse-Format", r.format)
	return resp, nil
}

func answer(req *http.Request, status int, body io.Reader, length int64) *http.Response {
	rc, ok := body.(io.ReadCloser)
	if !ok {
		rc = io.NopCloser(body)
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        make(http.Header),
		Body:          rc,
		ContentLength: length,
		Request:       req,
	}
}

func exceptionTag() string {
	return strings.ToLower(rand.Text()[:16])
}

// use makes database the connection's current one.
func (c *conn) use(database string) error {
	if c.database == database {
		return nil
	}
	c.database = ""
	if _, err := c.query("USE " + identifier(database)); err != nil {
		return err
	}
	c.database = database
	return nil
}

// set applies a request's settings. They hold until reset.
func (c *conn) set(settings []setting) error {
	for i, s := range settings {
		if _, err := c.query("SET " + identifier(s.name) + " = " + literal(s.value)); err != nil {
			c.reset(settings[:i])
			return err
		}
	}
	return nil
}

// reset takes a request's settings back.
func (c *conn) reset(settings []setting) {
	for _, s := range settings {
		to := "DEFAULT"
		if value, ok := c.defaults[s.name]; ok {
			to = literal(value)
		}
		c.query("SET " + identifier(s.name) + " = " + to)
	}
}

func identifier(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(s) + "`"
}

func literal(s string) string {
	return "'" + strings.NewReplacer("\\", "\\\\", "'", "\\'").Replace(s) + "'"
}
