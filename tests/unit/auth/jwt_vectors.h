/* Keys and tokens made with PyJWT and python3-cryptography. exp is 2000. */
#ifndef TESTS_UNIT_AUTH_JWT_VECTORS_H
#define TESTS_UNIT_AUTH_JWT_VECTORS_H

#define JWKS_ALL \
	SL("{\"keys\": [{\"kty\": \"RSA\", \"kid\": \"r\", \"use\": \"sig\", \"n\": \"u41" \
	   "r_PgchmYiI_SJw71B6fIrfbRZc_OH_qwHVddZqR3NhQ3IXwkiRbpzjfpjIC6" \
	   "c-xxkgivmcIlMQUFDZKYZD6_jDguyymCVSGXI2yKUwktcD3ZY1eGXZNk9hY4" \
	   "DR4icj_G0jHBMDJ9LRbV9c27NnSq-nXT4NRZObpBTzBPd1abfE-6dqOwEUvn" \
	   "HMES8054YvTJOAc2cfQVdCLgMoixP3e3O_o1YZTIaWDgGfjOEZtz_9891WBg" \
	   "WwDbsmQbQQ6fRjgjFTZZK5GMS58eywr6teaSktk4QrIJ32tNnbhreO2GdMUa" \
	   "XeGp6_rCyyPhufQli7mwC02gOf6xBvbWW6BMk1Q\", \"e\": \"AQAB\"}, {\"kt" \
	   "y\": \"EC\", \"crv\": \"P-256\", \"kid\": \"e\", \"x\": \"ibeXYADesFRkw81W" \
	   "4j5WibMhP5S_1vqNJ0PpSviwAD4\", \"y\": \"AKRbxLlbTNqsGq4PGGX8T4Ih" \
	   "sW_KbaOCi9PNWzchUiY\"}, {\"kty\": \"OKP\", \"crv\": \"Ed25519\", \"kid" \
	   "\": \"d\", \"x\": \"QnRqesv62WFTjAXJRGZq3zAlqcvvLOEdcsfMS4g87O8\"}]" \
	   "}")

#define JWKS_PEM \
	SL("-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AM" \
	   "IIBCgKCAQEAu41r/PgchmYiI/SJw71B\n6fIrfbRZc/OH/qwHVddZqR3NhQ3I" \
	   "XwkiRbpzjfpjIC6c+xxkgivmcIlMQUFDZKYZ\nD6/jDguyymCVSGXI2yKUwkt" \
	   "cD3ZY1eGXZNk9hY4DR4icj/G0jHBMDJ9LRbV9c27N\nnSq+nXT4NRZObpBTzB" \
	   "Pd1abfE+6dqOwEUvnHMES8054YvTJOAc2cfQVdCLgMoixP\n3e3O/o1YZTIaW" \
	   "DgGfjOEZtz/9891WBgWwDbsmQbQQ6fRjgjFTZZK5GMS58eywr6t\neaSktk4Q" \
	   "rIJ32tNnbhreO2GdMUaXeGp6/rCyyPhufQli7mwC02gOf6xBvbWW6BMk\n1QI" \
	   "DAQAB\n-----END PUBLIC KEY-----\n-----BEGIN PUBLIC KEY-----\nMF" \
	   "kwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEibeXYADesFRkw81W4j5WibMhP5" \
	   "S/\n1vqNJ0PpSviwAD4ApFvEuVtM2qwarg8YZfxPgiGxb8pto4KL081bNyFSJ" \
	   "g==\n-----END PUBLIC KEY-----\n")

#define JWKS_WEAK \
	SL("{\"keys\": [{\"kty\": \"RSA\", \"n\": \"zQKtf1Bcqb3ui6H40LwBTANi9Oa9r" \
	   "l9tQUABDm9B9Ao1heu-uj3v7em2i-5m_6Mtvt-FYbXSmm-tn90fxbf9AoFEn" \
	   "xzk5wuOodyqsLfq-JycAnOKiE9aVFtXXsJQEtuEaKAj_wzqe5Ox8ZU3JU9AB" \
	   "IiAmXHWyAJXxZBcd97Bq6U\", \"e\": \"AQAB\"}, {\"kty\": \"oct\", \"k\": \"" \
	   "AAAA\"}, {\"kty\": \"EC\", \"crv\": \"P-256\", \"use\": \"enc\", \"x\": \"ib" \
	   "eXYADesFRkw81W4j5WibMhP5S_1vqNJ0PpSviwAD4\", \"y\": \"AKRbxLlbTN" \
	   "qsGq4PGGX8T4IhsW_KbaOCi9PNWzchUiY\"}, {\"kty\": \"EC\", \"crv\": \"P" \
	   "-256\", \"x\": \"ibeXYADesFRkw81W4j5WibMhP5S_1vqNJ0PpSviwAD4\", \"" \
	   "y\": \"ibeXYADesFRkw81W4j5WibMhP5S_1vqNJ0PpSviwAD4\"}]}")

#define JWT_RS256 \
	SL("eyJhbGciOiJSUzI1NiIsImtpZCI6InIiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZ" \
	   "W5pZCBtYWlsIn0.TyJ23RbQ9yc9lhwFL0VDAM13bQ3sdCR0ZxbhcRjMYgBpI" \
	   "lFebEQb8QYPGyBds7LJUs7Z4x2h4UQkIdzfK6R2dTCyEVHtOMF6EYhS5fcO0" \
	   "B9WfB7aIiVsR-6ZgU17T8MkS3wMkZ4_VyosMEcZZRTqWBFbmosd4f1qY2u4k" \
	   "z4hrsj0hKQ13H0hBLnODuCzIU5girpRBHJMTYZckDlS2AggwQBaaLPCFwlZn" \
	   "tMmSc6EUVbEPIsv2Ry0sPLGOaxNDLySz0uBEFHtCX-EIHYEkHDDVUbMhp3aZ" \
	   "EsblifwWsfFZ0xBfKQMEXlbYySHPEKyMuSiZIp89cfa8dEfogz0Muxtpw")

#define JWT_ES256 \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZ" \
	   "W5pZCBtYWlsIn0.DhMiqeEKVQzKESvto6YazaN9tuMOWln2U8g1Yal6ndF6S" \
	   "Hm4ldeg1EG1annncCWqAQfBEyN7tGfJPftnFvNEbg")

#define JWT_EDDSA \
	SL("eyJhbGciOiJFZERTQSIsImtpZCI6ImQiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZ" \
	   "W5pZCBtYWlsIn0.Y32668jUNXXnLB-8lrlEb8vWWxdBa2v2y3U5_24xZRNYm" \
	   "8aFs4yuNL606Cpt8IRLxKmZCxx8EyjzIyi3iEc7DQ")

#define JWT_NO_KID \
	SL("eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2x" \
	   "vZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwIjoyMDAwLCJlbWF" \
	   "pbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZW5pZCBtYWlsIn0" \
	   ".IDUzE7ySBCqPhGPRO26FhY4xeAEeIZ9Rarkqg6iqvs8KVq4PO67n6Zt8mxr" \
	   "ApgFhgz0bi7udB5DJLV1qMQTbYQ")

#define JWT_OTHER_KID \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6InoiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZ" \
	   "W5pZCBtYWlsIn0.GkZyY23kP1y33Y9P44e8pJrNlQk-LrmNpece0RNUN-L34" \
	   "BEC1GFd0-UvgkpWLAPUms89jjHNCNA-yDkPun-5Xw")

#define JWT_WRONG_KEY \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZ" \
	   "W5pZCBtYWlsIn0.VJGwd4T-afgGjsYzZ-XoN81phB9Z39m5xivtPcuaz3teU" \
	   "NTSCHv0pCPYEzOGlrlRQEuy3fhxgWP9dIuzmDd17A")

#define JWT_NO_EXP \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZW1ha" \
	   "WwiOiJqYW5lQGV4YW1wbGUub3JnIiwic2NvcGUiOiJvcGVuaWQgbWFpbCJ9." \
	   "H0_ERYcb07x3Mw0oTuOAJnEXEHY4pycIt0Xz09jOs_tPzpDEm04A6x0quVkj" \
	   "cxUdyaGemhU1gMGX3BUunS6F4Q")

#define JWT_NOT_YET \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZ" \
	   "W5pZCBtYWlsIiwibmJmIjoxNTAwfQ.ukTyCaZeq6ZeJK_BKbKce-mA-PRq-p" \
	   "UJNC50d4EIgv54fBKrnTcE8uPcJwmehPWL1zvlYeDuXNtprO8Ck3C02A")

#define JWT_ISSUER \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2V2aWwudGVzdCIsImF1ZCI6WyJtYWlsIiwieCJdLCJleHAiO" \
	   "jIwMDAsImVtYWlsIjoiamFuZUBleGFtcGxlLm9yZyIsInNjb3BlIjoib3Blb" \
	   "mlkIG1haWwifQ.KEt3AfqpehkSXyWEmETTNFOpr6jS8xtTL0ZBwidZ0nY2UP" \
	   "Aa5btBsi5xpnDvbogIQoQ2inj5qfnDR8fGG8Ugyg")

#define JWT_AUDIENCE \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOiJvdGhlciIsImV4cCI6MjAwM" \
	   "CwiZW1haWwiOiJqYW5lQGV4YW1wbGUub3JnIiwic2NvcGUiOiJvcGVuaWQgb" \
	   "WFpbCJ9.QL80nujRjpKnwDxRWIfb04PFUt68H5gLVEyC94Pour2vdDGRb0Ih" \
	   "Vbz2g2nvWQiM0heKHvA00feZrwpv20hfLA")

#define JWT_AUDIENCE_TEXT \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOiJtYWlsIiwiZXhwIjoyMDAwL" \
	   "CJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZW5pZCBtY" \
	   "WlsIn0.GSVfvF__PFGwww2PNaIaNMkacFa1vH188kYFlxUXBYMv-OeMLd3ee" \
	   "LgwJQVyUjxcAahD-AybmuoL9ySr61c2UA")

#define JWT_SCOPE \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY29wZSI6Im9wZ" \
	   "W5pZCJ9.UG_3VRSoNiuFWtDVheiTWKOrd9WffKyobMxswegEkjIVIHzZOQLc" \
	   "g--8RCdtBllKk-FxlcUy-k11MmaixsOA7w")

#define JWT_SCOPE_ARRAY \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBsZS5vcmciLCJzY3AiOlsibWFpb" \
	   "CJdfQ.-4BLzWg0X6An0pnb878vzdxEDrrVZfWloYmCGagc1WXYr6Lj8rz1wg" \
	   "JTMQNtUQJl3qGUybaRC1MOlwSKHEDhpg")

#define JWT_NO_USER \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJzY29wZSI6Im9wZW5pZCBtYWlsIn0.WzeaJzSKQwu5E9VjoEgUp" \
	   "f1Q6bjzwJLxitsq3OTz52ohsA2SzLRE_UEcgGFr-ERwvWVFxzflkTuC3OH1s" \
	   "H23mA")

#define JWT_ODD_USER \
	SL("eyJhbGciOiJFUzI1NiIsImtpZCI6ImUiLCJ0eXAiOiJKV1QifQ.eyJpc3MiO" \
	   "iJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQiOlsibWFpbCIsIngiXSwiZXhwI" \
	   "joyMDAwLCJlbWFpbCI6ImFcclxuYiIsInNjb3BlIjoib3BlbmlkIG1haWwif" \
	   "Q._V8-xNFkr5UX8DNmTNFt3KuMKmlQNr0LAJU1PRMHy28JwocVJHLzhpxdtn" \
	   "IjJqCQzkaiAfGtHLbNCPcat3MMlA")

#define JWT_CRIT \
	SL("eyJhbGciOiJFUzI1NiIsImNyaXQiOlsieCJdLCJraWQiOiJlIiwidHlwIjoi" \
	   "SldUIiwieCI6MX0.eyJpc3MiOiJodHRwczovL2xvZ2luLnRlc3QiLCJhdWQi" \
	   "OlsibWFpbCIsIngiXSwiZXhwIjoyMDAwLCJlbWFpbCI6ImphbmVAZXhhbXBs" \
	   "ZS5vcmciLCJzY29wZSI6Im9wZW5pZCBtYWlsIn0.bXOuusfVHMUlQ3mb_pBk" \
	   "0JVRf8bduoTy_O2qkc-TAVIzsxCd4i81n4zKSnO6c5scqiLrX_K07Mwkr6Rz" \
	   "f1ryJw")

#define JWT_HS256 \
	SL("eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAiciJ9.eyJ" \
	   "pc3MiOiAiaHR0cHM6Ly9sb2dpbi50ZXN0IiwgImF1ZCI6IFsibWFpbCIsICJ" \
	   "4Il0sICJleHAiOiAyMDAwLCAiZW1haWwiOiAiamFuZUBleGFtcGxlLm9yZyI" \
	   "sICJzY29wZSI6ICJvcGVuaWQgbWFpbCJ9.N-qHdpm9XxN5EarqSXsj7pvs9g" \
	   "L130EfcuDCoAJn4aI")

#define JWT_NONE \
	SL("eyJhbGciOiJub25lIn0.eyJpc3MiOiAiaHR0cHM6Ly9sb2dpbi50ZXN0Iiwg" \
	   "ImF1ZCI6IFsibWFpbCIsICJ4Il0sICJleHAiOiAyMDAwLCAiZW1haWwiOiAi" \
	   "amFuZUBleGFtcGxlLm9yZyIsICJzY29wZSI6ICJvcGVuaWQgbWFpbCJ9.")

#define JWT_ALG_OF_ANOTHER \
	SL("eyJhbGciOiAiRVMyNTYiLCAia2lkIjogInIifQ.eyJpc3MiOiAiaHR0cHM6L" \
	   "y9sb2dpbi50ZXN0IiwgImF1ZCI6IFsibWFpbCIsICJ4Il0sICJleHAiOiAyM" \
	   "DAwLCAiZW1haWwiOiAiamFuZUBleGFtcGxlLm9yZyIsICJzY29wZSI6ICJvc" \
	   "GVuaWQgbWFpbCJ9.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" \
	   "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ")

#endif
