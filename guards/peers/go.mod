// Peers of heed's guards, measured beside them in one run. A module of its own, so that
// no peer is among heed's parts.
module heed/guards/peers

go 1.26

require heed v0.0.0

replace heed => ../..
