//! Measurements; everything is in `benches/`. `make bench`, or `taskset -c 0 make bench` for one core.
