// Package peers measures heed's guards beside peers, in a module of its own so that no
// peer is among heed's parts. It holds tests and benchmarks alone; run them here with
//
//	go test -bench . .
package peers
