//go:build !race

package embedded

// streamMB is how much memory a streamed result may take.
const streamMB = 200
