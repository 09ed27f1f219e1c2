package dashboard

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"github.com/hamawaz/hamawaz/schema"
)

// What handlers return; showError has the page for each.
var (
	errSignIn      = errors.New("not signed in")
	errForbidden   = errors.New("the role does not allow it")
	errFormExpired = errors.New("form token")
	errTooMany     = errors.New("too many sign-ins from one address")
)

// An inputError is something typed that cannot be used. Key names the sentence
// that says what to do about it.
type inputError struct{ Key string }

func (e inputError) Error() string { return "input: " + e.Key }

// explain returns the status of an error and the key of its page's texts.
func explain(err error) (status int, key string) {
	var (
		input inputError
		ferr  *fiber.Error
	)
	switch {
	case errors.As(err, &input):
		return fiber.StatusBadRequest, "error.bad_request"
	case errors.Is(err, errSignIn):
		return fiber.StatusUnauthorized, "error.sign_in"
	case errors.Is(err, errForbidden):
		return fiber.StatusForbidden, "error.forbidden"
	case errors.Is(err, errFormExpired):
		return fiber.StatusForbidden, "error.form_expired"
	case errors.Is(err, schema.ErrNotFound):
		return fiber.StatusNotFound, "error.not_found"
	case errors.Is(err, errTooMany):
		return fiber.StatusTooManyRequests, "error.too_many"
	case errors.Is(err, errUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return fiber.StatusServiceUnavailable, "error.unavailable"
	case errors.As(err, &ferr):
		switch ferr.Code {
		case fiber.StatusNotFound:
			return ferr.Code, "error.not_found"
		case fiber.StatusMethodNotAllowed:
			return ferr.Code, "error.method"
		case fiber.StatusRequestEntityTooLarge:
			return ferr.Code, "error.too_large"
		case fiber.StatusTooManyRequests:
			return ferr.Code, "error.too_many"
		case fiber.StatusServiceUnavailable:
			return ferr.Code, "error.unavailable"
		}
		if ferr.Code >= 400 && ferr.Code < 500 {
			return ferr.Code, "error.bad_request"
		}
	}
	return fiber.StatusInternalServerError, "error.internal"
}

// errUnavailable marks an error of a part that we need and cannot reach.
var errUnavailable = errors.New("not reachable")

type errorPage struct {
	page
	Heading string
	What    string // what to do, in a sentence
	ID      string // the request's number, for who reads the log
	SignIn  string // address of the sign-in page; empty: no link to it
}

// showError is the one place that turns an error into a page. The cause goes
// to the log, and the request's number to both.
func (s *Server) showError(c *fiber.Ctx, err error) error {
	s.protect(c) // Fiber also comes here for requests that no handler saw
	status, key := explain(err)
	s.logError(c, status, err)

	c.Status(status)
	if isPart(c) { // our script only wants to know that it went wrong
		return c.SendString("")
	}
	p := s.newPage(c, key+".title")
	e := errorPage{page: p, Heading: p.Title, What: p.Text(key + ".what"), ID: requestID(c)}
	var input inputError
	if errors.As(err, &input) {
		e.What = p.Text(input.Key, "Example", dayExample)
	}
	if status == fiber.StatusUnauthorized {
		e.SignIn = "/sign-in?next=" + url.QueryEscape(backTo(c))
	}
	return s.render(c, status, "error", e)
}

// logError logs what a person at the log must see: faults as errors, the rest
// as information.
func (s *Server) logError(c *fiber.Ctx, status int, err error) {
	log := s.Log.Info
	if status >= 500 {
		log = s.Log.Error
	}
	log("request refused", "request_id", requestID(c), "method", c.Method(), "path", c.Path(),
		"status", status, "error", err.Error())
}

// requestID returns the number of the request; it is ours, never the visitor's.
func requestID(c *fiber.Ctx) string {
	const key = "request_id"
	if id, ok := c.Locals(key).(string); ok {
		return id
	}
	id := rand.Text()[:10]
	c.Locals(key, id)
	c.Set("X-Request-Id", id)
	return id
}
