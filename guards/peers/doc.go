// Package peers measures other people's tools beside heed's guards, in one run: the same
// policy in Open Policy Agent's Go library, and the usual indexes for likeness.
package peers
