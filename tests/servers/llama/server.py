"""llama.cpp's HTTP server with one model.

server.py PORT MODEL KEY
"""

import sys
import time

import xllamacpp

settings = xllamacpp.CommonParams()
settings.hostnames = ["127.0.0.1"]
settings.port = int(sys.argv[1])
settings.model.path = sys.argv[2]
settings.api_keys = [sys.argv[3]]
settings.n_ctx = 1024
settings.n_parallel = 2
settings.cpuparams.n_threads = 1
settings.warmup = False

server = xllamacpp.Server(settings)
print("listening on", server.listening_address, flush=True)
while True:
    time.sleep(3600)
