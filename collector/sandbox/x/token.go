package x

import "net/http"

// authorize finds out whose token the call brings.
func (c *call) authorize() error {
	token, ok := cutBearer(c.r.Header.Get("Authorization"))
	if !ok || c.faults.dead[token] {
		return Unauthorized()
	}
	c.token = token
	if token == c.Server.token {
		return nil
	}
	if handle, ok := c.grants.Owner(token, c.at); ok {
		c.owner = c.world.account(handle)
		return nil
	}
	if c.owner = c.owners[token]; c.owner == nil {
		return Unauthorized()
	}
	return nil
}

func cutBearer(header string) (string, bool) {
	const scheme = "Bearer "
	if len(header) <= len(scheme) || header[:len(scheme)] != scheme {
		return "", false
	}
	return header[len(scheme):], true
}

// tokenAnswer answers POST /oauth2/token, which gives the app's token for its
// key and secret. There is one token, and it does not end.
func (c *call) tokenAnswer() (int, []byte) {
	key, secret, ok := c.r.BasicAuth()
	c.r.Body = http.MaxBytesReader(nil, c.r.Body, 1<<16)
	switch {
	case c.r.Method != http.MethodPost:
		c.header.Set("Allow", http.MethodPost)
		return http.StatusMethodNotAllowed, nil
	case !ok || key != c.key || secret != c.secret:
		return http.StatusForbidden, []byte(`{"errors":[{"code":99,"label":"authenticity_token_error","message":"Unable to verify your credentials"}]}`)
	case c.r.PostFormValue("grant_type") != "client_credentials":
		return http.StatusForbidden, []byte(`{"errors":[{"code":170,"label":"forbidden_missing_parameter","message":"Missing required parameter: grant_type"}]}`)
	}
	return http.StatusOK, []byte(`{"token_type":"bearer","access_token":"` + c.Server.token + `"}`)
}
