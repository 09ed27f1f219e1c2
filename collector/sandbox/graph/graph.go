// Package graph holds what the sandboxes of Facebook and Instagram share: both
// answer like Meta's Graph API, with its errors, versions, fields, tokens and
// limits.
package graph
