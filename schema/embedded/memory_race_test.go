//go:build race

package embedded

// streamMB is how much memory a streamed result may take. The race detector
// keeps a shadow of all memory that Go uses.
const streamMB = 1000
