nuthatch-manifest 1 fa8cc917 573
{
 "uuid": "e9f811f3a4d64f102dc390be1ca602a3",
 "incarnation": 1,
 "epoch": 8,
 "pages": [
  {
   "number": 2,
   "firstSeq": 2,
   "codecId": 2
  }
 ],
 "snapshot": {
  "number": 7,
  "seq": 1,
  "byteCount": 1609,
  "frameCount": 2,
  "chain": "38cf52ad065559b5a558bd758ea05e2b"
 },
 "previousSnapshot": {
  "number": 6,
  "seq": 1,
  "byteCount": 1609,
  "frameCount": 2,
  "chain": "200f79324f0f0f6ccbe0cc29bed1450d"
 },
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 2,
  "byteCount": 145,
  "lastSeq": 1,
  "chain": "8fb9c060930d303b76b2b18f425ac412"
 }
}
