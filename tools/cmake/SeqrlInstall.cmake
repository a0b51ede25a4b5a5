# install, and what find_package(seqrl) reads.
