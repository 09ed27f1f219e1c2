package api

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
)

// A request is what is sent: a GET, or with a JSON body a POST. The secret, if
// any, is spelt as value in the header.
type request struct {
	url                   *url.URL
	secret, header, value string
	json                  []byte
}

func (r request) method() string {
	if r.json != nil {
		return http.MethodPost
	}
	return http.MethodGet
}

// text returns what Answer.Request says of the request.
func (r request) text(secrets []string) string {
	s := r.method() + " " + r.url.String()
	if r.json != nil {
		s += " " + string(r.json)
	}
	return mask(s, secrets)
}

// http returns the request as net/http sends it.
func (r request) http() *http.Request {
	req := &http.Request{
		Method: r.method(),
		URL:    r.url,
		Host:   r.url.Host,
		Header: http.Header{"Accept": {"application/json"}},
	}
	if r.secret != "" {
		req.Header.Set(r.header, r.value)
	}
	if r.json != nil {
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(r.json)), nil }
		req.Body, _ = req.GetBody()
		req.ContentLength = int64(len(r.json))
		req.Header.Set("Content-Type", "application/json")
		// Empty, it is not sent, and tells the transport that sending twice does no harm.
		// https://pkg.go.dev/net/http#Transport
		req.Header["Idempotency-Key"] = []string{}
	}
	return req
}
