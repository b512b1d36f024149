"""Where bytes are kept: a folder of this machine, or a bucket of any S3. Nothing is ever overwritten."""

from app.core.storage.incoming import Arrived as Arrived
from app.core.storage.incoming import Incoming as Incoming
from app.core.storage.interface import CorruptObjectError as CorruptObjectError
from app.core.storage.interface import ObjectStore as ObjectStore
from app.core.storage.interface import StoreRefusedError as StoreRefusedError
from app.core.storage.interface import StoreUnavailableError as StoreUnavailableError
from app.core.storage.local import LocalStore as LocalStore
from app.core.storage.opening import open_store as open_store
from app.core.storage.s3 import S3Store as S3Store
from app.core.storage.s3_connection import S3Place as S3Place
from app.core.storage.s3_connection import SignedRequest as SignedRequest
from app.core.storage.sealing import original_key as original_key
from app.core.storage.sealing import read_original as read_original
from app.core.storage.sealing import seal as seal
from app.core.storage.sealing import sha256_hex as sha256_hex
from app.core.storage.straight import Seen as Seen
from app.core.storage.straight import Straight as Straight
