"""Slugs: what may be the name of a tag, a queue or a cursor.

Which characters stand in one is libnewspool's to say and not Python's, whose tables are of another version of Unicode with
each release: a tag that the daemon makes must be one here too. The ranges are those that lib/spool/slug.c leaves as they are;
a test compares them character by character.
"""
import bisect

_MAX_CHARACTERS, _MAX_BYTES = 64, 200

_KEPT = """
    30-39 61-7a 184-185 1a7-1a8 1bb-1be 1c0-1c3 238-239 241-242 267 26e 276-277 294-296 298 2a1-2ad 2b0-2c1
    2c6-2d1 2e0-2e4 2ec 2ee 371 373-374 377-37d 380-383 38b 38d 390 3a2 3ac-3ce 3d0-3d7 3d9 3db 3dd 3df 3e1 3e3
    3e5 3e7 3e9 3eb 3ed 3ef-3f3 3f5 3f8 3fb-3fc 430-45f 461 463 465 467 469 46b 46d 46f 471 473 475 477 479 47b
    47d 47f 481 483-489 48b 48d 48f 491 493 495 497 499 49b 49d 49f 4a1 4a3 4a5 4a7 4a9 4ab 4ad 4af 4b1 4b3 4b5
    4b7 4b9 4bb 4bd 4bf 4c2 4c4 4c6 4c8 4ca 4cc 4ce-4cf 4d1 4d3 4d5 4d7 4d9 4db 4dd 4df 4e1 4e3 4e5 4e7 4e9 4eb
    4ed 4ef 4f1 4f3 4f5 4f7 4f9 4fb 4fd 4ff 501 503 505 507 509 50b 50d 50f 511 513 515 517 519 51b 51d 51f 521
    523 525 527 529 52b 52d 52f-530 557-559 560-588 590-5bd 5bf 5c1-5c2 5c4-5c5 5c7-5f2 610-61a 620-669 66e-6d3
    6d5-6dc 6df-6e8 6ea-6fc 6ff 710-7f5 7fa-7fd 800-82f 83f-85d 85f-887 889-88f 892-8e1 8e3-963 966-96f 971-9f1
    9fc 9fe-a75 a77-aef af2-b6f b71 b78-bef bfb-c76 c80-c83 c85-d4e d50-d57 d5f-d6f d7a-df3 df5-e3e e40-e4e
    e50-e59 e5c-f00 f18-f19 f20-f29 f35 f37 f39 f3e-f84 f86-fbd fc6 fdb-1049 1050-109d 10c6 10c8-10cc 10ce-10fa
    10fc-135f 137d-138f 139a-139f 13f6-13ff 1401-166c 166f-167f 1681-169a 169d-16ea 16ee-1734 1737-17d3 17d7
    17dc-17ef 180b-180d 180f-193f 1946-19d9 1a00-1a1d 1a20-1a9f 1aa7 1aae-1b59 1b6b-1b73 1b7f-1bfb 1c00-1c3a
    1c40-1c7d 1c80-1c8f 1cbb-1cbc 1cc8-1cd2 1cd4-1dff 1f00-1f07 1f10-1f17 1f1e-1f27 1f30-1f37 1f40-1f47
    1f4e-1f58 1f5a 1f5c 1f5e 1f60-1f67 1f70-1f87 1f90-1f97 1fa0-1fa7 1fb0-1fb7 1fbe 1fc2-1fc7 1fd0-1fd7 1fdc
    1fe0-1fe7 1ff0-1ff7 2071-2073 207f 208f-209f 20c1-20ff 2102 2107 210a-2113 2115 2119-211d 2124 2128
    212c-212d 212f-2131 2133-2139 213c-213f 2145-2149 214e 2170-2182 2184-2188 2c30-2c5f 2c61 2c65-2c66 2c68
    2c6a 2c6c 2c71 2c73-2c74 2c76-2c7d 2c81 2c83 2c85 2c87 2c89 2c8b 2c8d 2c8f 2c91 2c93 2c95 2c97 2c99 2c9b
    2c9d 2c9f 2ca1 2ca3 2ca5 2ca7 2ca9 2cab 2cad 2caf 2cb1 2cb3 2cb5 2cb7 2cb9 2cbb 2cbd 2cbf 2cc1 2cc3 2cc5
    2cc7 2cc9 2ccb 2ccd 2ccf 2cd1 2cd3 2cd5 2cd7 2cd9 2cdb 2cdd 2cdf 2ce1 2ce3-2ce4 2cec 2cee-2cf1 2cf3-2cf8
    2d00-2d6f 2d71-2dff 2e2f 3005-3007 3021-302f 3031-3035 3038-303c 3040-309a 309d-309f 30a1-30fa 30fc-318f
    31a0-31bf 31e4-31ff 3400-4dbf 4e00-a48f a4c7-a4fd a500-a60c a610-a63f a641 a643 a645 a647 a649 a64b a64d
    a64f a651 a653 a655 a657 a659 a65b a65d a65f a661 a663 a665 a667 a669 a66b a66d-a672 a674-a67d a67f a681
    a683 a685 a687 a689 a68b a68d a68f a691 a693 a695 a697 a699 a69b-a6f1 a717-a71f a723 a725 a727 a729 a72b
    a72d a72f-a731 a733 a735 a737 a739 a73b a73d a73f a741 a743 a745 a747 a749 a74b a74d a74f a751 a753 a755
    a757 a759 a75b a75d a75f a761 a763 a765 a767 a769 a76b a76d a76f-a778 a77a a77c a77f a781 a783 a785
    a787-a788 a78c a78e-a78f a791 a793-a795 a797 a799 a79b a79d a79f a7a1 a7a3 a7a5 a7a7 a7a9 a7af a7b5 a7b7
    a7b9 a7bb a7bd a7bf a7c1 a7c3 a7c8 a7ca-a7cf a7d1-a7d5 a7d7 a7d9-a7f4 a7f6-a827 a82c-a82f a83a-a873
    a878-a8cd a8d0-a8f7 a8fb a8fd-a92d a930-a95e a960-a9c0 a9ce-a9dd a9e0-aa5b aa60-aa76 aa7a-aadd aae0-aaef
    aaf2-ab5a ab5c-ab69 ab6c-abea abec-d7ff f900-fb28 fb2a-fbb1 fbc3-fd3d fd50-fdce fdd0-fdfb fe1a-fe2f
    fe6c-fefe ff66-ffdf fffe-100ff 10140-10174 101fd-102e0 102fc-1031f 10324-1039e 103a0-103cf 103d1-103ff
    10428-104af 104d4-1056e 1057b 1058b 10593 10596-10856 10860-10876 10880-108a6 108b0-108fa 10900-10915
    10920-1093e 10940-109bb 109be-109bf 10a00-10a3f 10a59-10a7c 10a80-10a9c 10aa0-10ac7 10ac9-10aea 10af7-10b38
    10b40-10b57 10b60-10b77 10b80-10b98 10bb0-10c7f 10cb3-10cf9 10d00-10e5f 10e7f-10eac 10eae-10f1c 10f27-10f50
    10f5a-10f85 10f8a-10fc4 10fcc-11046 11066-110ba 110c2-110cc 110ce-1113f 11144-11173 11176-111c4 111c9-111cc
    111ce-111da 111dc 111f5-11237 1123e-112a8 112aa-1144a 11450-11459 1145e-114c5 114c7-115c0 115d8-11640
    11644-1165f 1166d-116b8 116ba-11739 11740-1183a 1183c-1189f 118c0-118e9 118f3-11943 11947-119e1 119e3-11a3e
    11a47-11a99 11a9d 11aa3-11c40 11c46-11c59 11c72-11ef6 11ef9-11fbf 12000-1246f 12475-12ff0 12ff3-1342f
    13439-16a6d 16a70-16af4 16af6-16b36 16b40-16b43 16b46-16b5a 16b62-16e3f 16e60-16e7f 16e9b-16fe1 16fe3-1bc9b
    1bc9d-1bc9e 1bca4-1cf4f 1d165-1d169 1d16d-1d172 1d17b-1d182 1d185-1d18b 1d1aa-1d1ad 1d242-1d244 1d379-1d6c0
    1d6c2-1d6da 1d6dc-1d6fa 1d6fc-1d714 1d716-1d734 1d736-1d74e 1d750-1d76e 1d770-1d788 1d78a-1d7a8 1d7aa-1d7c2
    1d7c4-1d7ff 1da00-1da36 1da3b-1da6c 1da75 1da84 1da8c-1e14e 1e150-1e2fe 1e300-1e8c6 1e8d0-1e8ff 1e922-1e95d
    1ed3e-1eeef 1fbcb-e0000 e0080-e00ff e01f0-effff 10fffe-10ffff
"""

_FIRST, _LAST = [], []
for _range in _KEPT.split():
    _one, _, _other = _range.partition("-")
    _FIRST.append(int(_one, 16))
    _LAST.append(int(_other or _one, 16))


def _is_kept(character: str) -> bool:
    at = bisect.bisect_right(_FIRST, ord(character)) - 1
    return at >= 0 and ord(character) <= _LAST[at]


def is_slug(name: str) -> bool:
    """True for letters and digits, in lower case where there is one, parted by single hyphens."""
    if not name or len(name) > _MAX_CHARACTERS or len(name.encode("utf-8", "surrogatepass")) > _MAX_BYTES:
        return False
    if name[0] == "-" or name[-1] == "-" or "--" in name:
        return False
    return all(character == "-" or _is_kept(character) for character in name)
