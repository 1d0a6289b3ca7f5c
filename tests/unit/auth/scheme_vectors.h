/* Stored passwords and the password each was made of, by "doveadm pw" of
   Dovecot 2.3.19 but where a comment says otherwise: a plain word, the empty
   password, 8-bit octets that are no UTF-8, and UTF-8 for the suffixes. */
#ifndef TESTS_UNIT_AUTH_SCHEME_VECTORS_H
#define TESTS_UNIT_AUTH_SCHEME_VECTORS_H

static const struct vector {
	struct slice stored, password;
} vectors[] = {
	{ SL("{PLAIN}secret"), SL("secret") },
	{ SL("{PLAIN}"), SL("") },
	{ SL("{PLAIN}p\xe4ssw\xf6rd \xff\x01"), SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{CLEAR}secret"), SL("secret") },
	{ SL("{CLEAR}"), SL("") },
	{ SL("{CLEAR}p\xe4ssw\xf6rd \xff\x01"), SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{CLEARTEXT}secret"), SL("secret") },
	{ SL("{CLEARTEXT}"), SL("") },
	{ SL("{CLEARTEXT}p\xe4ssw\xf6rd \xff\x01"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), SL("secret") },
	{ SL("{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk="), SL("") },
	{ SL("{SHA}vD78NZclrHCMhfbQLNRsC5iyeeE="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SHA1}5en6G6MezRroT3XKqkdPOmY/BfQ="), SL("secret") },
	{ SL("{SHA1}2jmj7l5rSw0yVb/vlWAYkK/YBwk="), SL("") },
	{ SL("{SHA1}vD78NZclrHCMhfbQLNRsC5iyeeE="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="),
	  SL("secret") },
	{ SL("{SHA256}47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="), SL("") },
	{ SL("{SHA256}bFdur18/i3TXiZIZvM09ZG+8lJaSrPOBbnDIW40BVpA="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SHA512}vSsar3708Jvp9Szi2NWZZ02Bqp1qRCFpbcTZPdBhnWgs5WtNZK"
	     "nvCXdhztmeD2cmW192CF5bDufKRpayrW/isg=="),
	  SL("secret") },
	{ SL("{SHA512}z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XY"
	     "XysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="),
	  SL("") },
	{ SL("{SHA512}Xhm9mf4l+yTCf9yZnI8a61l4h+5deGmgM7Z+27AQbGVJliJHXZ"
	     "a8UUiAjJ96WfJFU+zu8AJDriqKImVI6WpC2Q=="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SSHA}eDnLO/Yfn1Sm5f6vTIKTQMoE928AblMO"), SL("secret") },
	{ SL("{SSHA}Ty/Bc2ypv/ELeFqUXwCcwQMaWrqEE4o/"), SL("") },
	{ SL("{SSHA}16c5rQyKggOMiXsRvq+dlTwfcHARD+K1"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SSHA256}2Gw/QNL+tGRWxvHlS2wH0wE/JrJE+kBRTKydUb82kyi91LJC"),
	  SL("secret") },
	{ SL("{SSHA256}+5DnSjBmjU0KZcYuPvw58enaIR92JFsFpXjtFRKU2GKsObgN"),
	  SL("") },
	{ SL("{SSHA256}kEQrddLhvd3o/GOPYkAvbWISPv+/jms/vzDtR3H+XBcH4DoI"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SSHA512}jVXAl+GskDyctRJokzdOdMl47C5kiVGhnh7ryEhDWngdaQKFl"
	     "tE5Ma1xv6KQGBuNeQK4hgXwoBuvUSU/uWM9tEXhKE4="),
	  SL("secret") },
	{ SL("{SSHA512}cyDmqmaMxfaM7uXe2unAn2IYvz1eF8HEoykMsC+cGj1yKpgbi"
	     "5fFiZ7wQgAWq+PjxFRlr25aJOYHgLkf/pvF7kneqs4="),
	  SL("") },
	{ SL("{SSHA512}GFD1rM+NBWmKrwKnxVjzAwR06R2kNWktN2HJRveZOFlVuOsMW"
	     "YJrghxoglRLazs0IpOmuonSboAwNBPs5dO4dUwXTUs="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SMD5}ZDZKh1YOZoMsN0hDjRKMGXbgQIg="), SL("secret") },
	{ SL("{SMD5}CucBQNCJK6Zammbk6R6DHTYhTU4="), SL("") },
	{ SL("{SMD5}MZ+Igwjaqlfw1fkDqdCaNNGoI1w="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{LDAP-MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ=="), SL("secret") },
	{ SL("{LDAP-MD5}1B2M2Y8AsgTpgAmY7PhCfg=="), SL("") },
	{ SL("{LDAP-MD5}9ElbtWXbon8rI2CB5PZtfA=="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{PLAIN-MD5}5ebe2294ecd0e0f08eab7690d2a6ee69"), SL("secret") },
	{ SL("{PLAIN-MD5}d41d8cd98f00b204e9800998ecf8427e"), SL("") },
	{ SL("{PLAIN-MD5}f4495bb565dba27f2b236081e4f66d7c"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{MD5}$1$4ItCBlfZ$oDIPMWbHIDU0O6RY047Ya1"), SL("secret") },
	{ SL("{MD5}$1$Cv9mdO/i$sGA4K9XHtAOJGyea72EML/"), SL("") },
	{ SL("{MD5}$1$faxlozXY$V68Nn9ZiZNnLYmxdldxh80"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{MD5-CRYPT}$1$O8XGlNWp$3voLnSox7q39Rlb2bGu6D0"), SL("secret") },
	{ SL("{MD5-CRYPT}$1$B2A3BWER$eNn23vChrrS.Yd81OZ1ph/"), SL("") },
	{ SL("{MD5-CRYPT}$1$6MCjihEo$dB90YOPtskNCR51gkwnpg/"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{CRYPT}$2y$04$Esdq/Jn5mlgl6YJ.UuxDBuKVKyrshCot44IR8k7yQ2rN"
	     "2Pc6SMZYq"),
	  SL("secret") },
	{ SL("{CRYPT}$2y$04$QdEGst1z2uLanhs8v14gkefR6wxLaUdM8FSNAHVYD/gl"
	     "RB9D3ScRC"),
	  SL("") },
	{ SL("{CRYPT}$2y$04$JKktt7qFHWNsIi5JqjsXaeHCFHjYO0YbiEuyYY3vLzMA"
	     "UXq.9.8PC"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{DES-CRYPT}Vm348fAkTrAPs"), SL("secret") },
	{ SL("{DES-CRYPT}BcPgSBqZz80dw"), SL("") },
	{ SL("{DES-CRYPT}/QFn76BBmahd."), SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{BLF-CRYPT}$2y$04$td97Slj4HDTFAV5D1gENgOV4Uj7MwsSKWd4EFFqX"
	     "ZHx6UXeJiqPNu"),
	  SL("secret") },
	{ SL("{BLF-CRYPT}$2y$04$1eVdn/pt57T.uZuzERn2YeIeUtX/5tEtF/fZ2mSJ"
	     "GG0HND0Jkjlwe"),
	  SL("") },
	{ SL("{BLF-CRYPT}$2y$04$k/psnSdEKuSOjJ5PiCQ2jeHI/FUw/bauEeUZAoAg"
	     "jbagE3TF1ngSy"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SHA256-CRYPT}$5$rounds=1000$bEKH3Qw6IqB5quOd$JoO78aXpPmnS"
	     "SbeS8smT5oJWRRKkIUI8a7.wDNiYlP8"),
	  SL("secret") },
	{ SL("{SHA256-CRYPT}$5$rounds=1000$dTnJ/Bi5MdBujthW$V7rsBaonh.Cc"
	     "4acUeiuiQMy82YzdOGyvrg.ENvW6sm3"),
	  SL("") },
	{ SL("{SHA256-CRYPT}$5$rounds=1000$yCDQl2IkKlcTbNA9$HX3O1iheLw6h"
	     "vCN9bnv1FKLzx4VTaeGadjclPdhMM29"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SHA512-CRYPT}$6$rounds=1000$YyQqF3/rcbtLqMTv$/YzD0SDC8iKr"
	     "uKnVRGRBqPAxYCqVh0sauZQP70NPcqi47Xx7l7ISh01QB.emxyO2wcSbpN"
	     "43iUS1EhLYYfWAd."),
	  SL("secret") },
	{ SL("{SHA512-CRYPT}$6$rounds=1000$Css6Z2SBCHCC/fas$iWLDVY6ehTqK"
	     "bBtImp6dV.auXzyUMIIzDRROBJkhocXtnUGaonMfvL4HmrLAmHKj7A6uIj"
	     "Vc.aCkCB9uL6Llm/"),
	  SL("") },
	{ SL("{SHA512-CRYPT}$6$rounds=1000$63vvAlaWkOfPoSz5$2tKFgswk3RKY"
	     "QSxdNwKuvMMQ0ibIyt4vNmWD5VM.Nmt0GnO85r6pFSjq./DE2XmQCx/bla"
	     "30rHAHT4vbwO7hw."),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SHA512-CRYPT}$6$z10mahr8FgymYGMG$BUTclzVj1O9xiO2azMA9xXh9"
	     "ZpDPzti6GgKtaZVm35nzep270FLC8R8r6P8a9UdYa3mKAcT6GHtClGAnr8"
	     "6js."),
	  SL("secret") },
	{ SL("{SHA512-CRYPT}$6$j.EQU.BBzNAiUvht$CFjtJVcDUvo1vjNzg7gsL1WD"
	     "2jGr705vEDmYGBJKkBzLtuFSfhO.DdtUvH39f/p7iCVgyLqkokJFWYpyAp"
	     "2BC1"),
	  SL("") },
	{ SL("{SHA512-CRYPT}$6$5f2DqklYL.gZnt7o$fHWgjGLPqiO10tbEbX8oqhyF"
	     "oBHDu5gKToqaUXhU4pmwaZq5y.GBNUDSs0IbpsvNrt9S/uo2nHDrpoNOI."
	     "ENp."),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{PBKDF2}$1$nH13.UGI3p0Y6.OT$1000$693407903478db079410a95ee"
	     "62eeeec01822631"),
	  SL("secret") },
	{ SL("{PBKDF2}$1$7LvR0QgF7nNrReQv$1000$a0e08acba02e5a31b16dbf6ab"
	     "05e12ddd674d668"),
	  SL("") },
	{ SL("{PBKDF2}$1$o0IxbU1wXT6T9tlv$1000$5bed3036991c68eb95e8eb0a6"
	     "b84f492e368bba0"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SCRAM-SHA-1}4096,KcZzAkNJGvNJh32kHqMG0w==,vOP5UQwqKpJlB9S"
	     "Zhxv6jVZUcB8=,9FDgJQxfLn4gG/Nh5cPnZCU1DfY="),
	  SL("secret") },
	{ SL("{SCRAM-SHA-1}4096,hkvYaVCkunkgOGC+3eCjWg==,wuBr0LoENYSQY9p"
	     "dLWbtw2M5zSM=,U8uQkNLyq+FfMZIoaoLBj/DuMK8="),
	  SL("") },
	{ SL("{SCRAM-SHA-1}4096,/Mrm9r3SwdnrxT2Udk6q3Q==,JT4kJamPu9P+c7f"
	     "TcEBTz4IUmLU=,i3w5xIJfX/IavNylHc1rpzplwco="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SCRAM-SHA-256}4096,6ISqgPjg2U/vybcKQnhLyQ==,1rPnord/GNRbI"
	     "7bXeieHmU+gGJ93zhwjGDs3mL5lA1I=,Mm93g9+qbWoSMvnnlR3kXB0XS/"
	     "OEv7qKb7wTjrMjKNE="),
	  SL("secret") },
	{ SL("{SCRAM-SHA-256}4096,DgrGL4vpatHfXYmk0fihMA==,zuweHedjlVL43"
	     "yIv5JKpNNV3YDqU8+57kraQ9moPAiU=,BUiFYmIFl+9w+iqhTSttCOsf1B"
	     "8WnD9ZIO22nKv4ct4="),
	  SL("") },
	{ SL("{SCRAM-SHA-256}4096,n1lq2CYJ6MprRLWP9ehqyg==,DzwsIy/GQVW4j"
	     "kmJ8cPt2WjR2SKzfM8Ohz9jgOOuxYo=,zkaAk9+SnJIuDjT9Y+bEMe8Y1R"
	     "3opLZaIr64nGXgPJQ="),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{SHA1.HEX}58baec5f058a0ffe07b5a21d23918d828f645749"),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{SHA256.B64}6OaMpS98G+mszSip5GS3bP5KdnG8PCoQJgk4XyUToeI="),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{SSHA.HEX}dc3ce945fa9bf7224fb84b587642431a9a42037a4328bc41"),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{SSHA512.HEX}c5ea75ebd4856f5c8e16296cf472b6d8ff8219f0f438c"
	     "c3dfd4984713179a89fc67def2bbab5dd714316f7d091132fa6aa1de71"
	     "9e3f0b0a17c873f16d32fb8d2a5f1177d"),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{PLAIN.HEX}70c3a4737377c3b6726420e282ac"),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{PLAIN.B64}cMOkc3N3w7ZyZCDigqw="),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{SHA512-CRYPT.B64}JDYkcm91bmRzPTEwMDAka2xOeHhRczFSR0EwcGVK"
	     "RSRaN1I0N3ZzTXNJSzlBOWsuV1ZaTWhhQnRENnhpM0tUUE8vVXdMRzBYdD"
	     "RRa1FrS1RNTzd6d29nNHF5QTdDem43Y1pJN2Y1QTNFUWJFdklRQ2dlRmFh"
	     "Lw=="),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{SCRAM-SHA-1.HEX}343039362c546a5342326a3143476e50684f52717"
	     "4586d78596c673d3d2c4b335468562f556b6534675268502f544f4e4f4"
	     "d4c44582f74516f3d2c4f45504e2f4856476c514662793169766d46426"
	     "c316f564b35554d3d"),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{PBKDF2.BASE64}JDEkYkoucDNHeUsveEkwdjhWUyQxMDAwJDljZDU0OGM"
	     "yNzlmYjRjZGRiOWM0NTNmMmMxYWRmZTIyNTI3OTAzMTM="),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{LDAP-MD5.HEX}ef3fb7c474b0972dcb2757c6e8f8270b"),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },
	{ SL("{PLAIN-MD5.B64}7z+3xHSwly3LJ1fG6PgnCw=="),
	  SL("p\xc3\xa4ssw\xc3\xb6rd \xe2\x82\xac") },

	/* Methods of crypt(3) that doveadm does not make, but takes; by
	   libxcrypt. */
	{ SL("{CRYPT}$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpF"
	     "FP8WIrW"),
	  SL("secret") },
	{ SL("{CRYPT}$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpF"
	     "FP8WIrW"),
	  SL("secret") },
	{ SL("{CRYPT}_J9..abcd/H6HLCcf7nw"), SL("secret") },
	{ SL("{CRYPT}$y$j75$rx9Ky76wOTRCqLzyYTNJ30$/uEKxAXoCZoESFPh6N5k"
	     "wbnHJbi/twmdT2kQCqHRV31"),
	  SL("secret") },
	{ SL("{CRYPT}$gy$j75$zSOc8Cle4lnLI1oUTkJPd0$gGonSteQvf2P1SjKnlK"
	     "Gy6YmrjC/EhPwgpl9T6cKCk9"),
	  SL("secret") },

	/* The name does not choose the method. */
	{ SL("{SHA512-CRYPT}$2a$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHn"
	     "S4UpFFP8WIrW"),
	  SL("secret") },
	/* Names and hex in either case; hex that its length betrays. */
	{ SL("{sHa1}E5E9FA1BA31ECD1AE84F75CAAA474F3A663f05f4"), SL("secret") },
	{ SL("{ldap-md5}5ebe2294ecd0e0f08eab7690d2a6ee69"), SL("secret") },
	{ SL("{plain-md5}Xr4ilOzQ4PCOq3aQ0qbuaQ=="), SL("secret") },
	{ SL("{PLAIN-MD5.hex}5EBE2294ecd0e0f08eab7690d2a6ee69"),
	  SL("secret") },
	/* MD5 is MD5-CRYPT or PLAIN-MD5. */
	{ SL("{MD5}5ebe2294ecd0e0f08eab7690d2a6ee69"), SL("secret") },
	{ SL("{MD5}Xr4ilOzQ4PCOq3aQ0qbuaQ=="), SL("secret") },
	/* Without braces. The default scheme of the test is CRYPT. */
	{ SL("$1$OGj3aSHc$yf7eHOGTTN9l0VwwPbshi."), SL("secret") },
	{ SL("6V8S4C0Oq1v5I"), SL("secret") },
	{ SL("{PLAIN}a}b"), SL("a}b") },
	{ SL("{PLAIN}{SHA1}x"), SL("{SHA1}x") },
	/* ServerKey is not looked at. */
	{ SL("{SCRAM-SHA-1}4096,tPTPbEz6gRTLdqv/Oq4XmQ==,"
	     "g4x73Z0iJnq682ZdYWiWmgL2Zmk=,AAAAp6lpq37VGcHD7dSvB/uEw1I="),
	  SL("secret") },
#ifdef HAVE_ARGON2
	{ SL("{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$4lWInc6ktnh00+p8rTd"
	     "G0Q$njZcu1QCq9loJ/jcOA+W8M6ebR/as7EHSqEyEVWLmwg"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$UJD4D/i8hSUbyKp8R"
	     "jd67Q$TB4sg7WaDEsfnRTM0rYxKxxQa3hBXbf6kVhTsuM5Fpg"),
	  SL("p\xe4ssw\xf6rd \xff\x01") },
	{ SL("{ARGON2I}$argon2i$v=19$m=32768,t=3,p=1$taz5QA8OIUvux/CQSIs"
	     "BWw$2QG2TwLxWUPMPoEZHOR0+CXvBawFVem6NoAwpWX7ZFo"),
	  SL("") },
	/* Four lanes, and the type under the other's name; by libargon2. */
	{ SL("{ARGON2ID}$argon2id$v=19$m=64,t=1,p=4$c2FsdHNhbHRzYWx0$"
	     "ZpPxu8YiFPDen/wOddT3SZrm5JdU+z+K"),
	  SL("secret") },
	{ SL("{ARGON2ID}$argon2i$v=19$m=32,t=2,p=1$c2FsdHNhbHQ$"
	     "VctmKc2aVPgj/ZeoAFeVTw"),
	  SL("secret") },
#endif
};

#define VECTOR_COUNT ((int)(sizeof(vectors) / sizeof(vectors[0])))

#endif
