"""A libtorrent client on loopback, and nowhere else.

download MAGNET FOLDER           fetches everything, prints the ms that it took, then ends
seed TORRENT-FILE FOLDER         prints the port it listens on, then serves until it is killed
"""
import sys
import time

import libtorrent as lt

session = lt.session({
    'listen_interfaces': '127.0.0.1:0',
    'enable_dht': False,
    'enable_lsd': False,
    'enable_upnp': False,
    'enable_natpmp': False,
    'allow_multiple_connections_per_ip': True,
    # As ours by default: a peer that has only TCP is otherwise tried by uTP first, for seconds.
    'enable_incoming_utp': False,
    'enable_outgoing_utp': False,
})
what, source, folder = sys.argv[1:4]

if what == 'download':
    parameters = lt.parse_magnet_uri(source)
    parameters.save_path = folder
    began = time.monotonic()
    torrent = session.add_torrent(parameters)
    while not torrent.status().is_seeding:
        time.sleep(0.01)
    print((time.monotonic() - began) * 1000, flush=True)
    session.remove_torrent(torrent)
    time.sleep(0.5)  # the disk thread writes what it still holds
else:
    torrent = session.add_torrent({'ti': lt.torrent_info(source), 'save_path': folder})
    while not torrent.status().is_seeding:
        time.sleep(0.05)
    print(session.listen_port(), flush=True)
    while True:
        time.sleep(1)
