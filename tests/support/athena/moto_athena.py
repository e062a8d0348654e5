"""moto's Athena, which keeps what it is asked and runs nothing, on a free port of the loopback.

Prints its port and serves until it is ended.
"""

import threading

from moto.server import ThreadedMotoServer


def main():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    print(server.get_host_and_port()[1], flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
